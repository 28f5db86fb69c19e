using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Cli.Composition;

/// <summary>Explains command lines that don't parse, and suggests corrections.</summary>
internal static partial class UsageErrors
{
    /// <summary>Returns one line per problem, and a pointer to the help; null if the command line is valid.</summary>
    public static string? Explain(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        // Help and the version don't need valid arguments.
        var swallowed = parsed.Action is null or ParseErrorAction || parsed.Action == command.Action
            ? Swallowed(parsed)
            : [];
        if (parsed.Errors.Count == 0 && swallowed.Count == 0)
        {
            return null;
        }

        var unknown = parsed.UnmatchedTokens.Concat(swallowed).Distinct().ToList();
        // After a mistyped command, the rest is meaningless. A word after an unknown option is most likely its value.
        var reported = command.Subcommands.Count > 0 && unknown.Count > 0 && !IsOption(unknown[0]) ? unknown.Take(1)
            : unknown.Any(IsOption) ? unknown.Where(IsOption)
            : unknown;
        var name = Name(parsed.CommandResult);
        var lines = new List<string>();
        var suggested = new List<string>();
        foreach (var token in reported)
        {
            lines.Add(Unknown(parsed.CommandResult, name, token, suggested));
        }

        foreach (var error in parsed.Errors.Where(error => !IsSaid(error)))
        {
            lines.Add(Describe(error, command, name));
        }

        return string.Join('\n', lines.Distinct().Append($"'{name} --help' shows the usage."));

        // An unknown word is reported once, without the errors that follow from it.
        bool IsSaid(ParseError error) =>
            unknown.Any(token => error.Message.Contains($"'{token}'", StringComparison.Ordinal))
            || suggested.Any(option => error.Message.Contains($"'{option}'", StringComparison.Ordinal))
            || (lines.Count > 0 && IsMissingCommand(error, command));
    }

    /// <summary>Returns options that the parser mistakes for arguments because it doesn't know them.</summary>
    private static List<string> Swallowed(ParseResult parsed)
    {
        var literal = parsed.Tokens.SkipWhile(token => token.Type != TokenType.DoubleDash)
            .Select(token => token.Value).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens)
                .Select(token => token.Value)
                .Where(text => IsOption(text) && !literal.Contains(text) && !Path.Exists(text)),
        ];
    }

    private static bool IsOption(string token) => token.Length > 1 && token[0] == '-';

    private static string Unknown(CommandResult result, string name, string token, List<string> suggested)
    {
        var shown = Printable.Text(token, 60);
        var command = result.Command;
        if (IsOption(token))
        {
            if (FormatOf(command, token) is { } format)
            {
                return $"'{name}' has no option '{shown}'.{DidYouMean(format)}";
            }

            var option = Nearest.Of(token.Split('=', ':')[0], OptionsOf(result));
            suggested.AddRange(option is null ? [] : [option]);
            return $"'{name}' has no option '{shown}'.{DidYouMean(option)}";
        }

        var nearest = Nearest.Of(token, command.Subcommands.Select(each => each.Name));
        return command.Subcommands.Count > 0
            ? $"'{name}' has no command '{shown}'.{DidYouMean(nearest)}"
            : $"'{shown}' is one argument too many for '{name}'.";
    }

    /// <summary>Returns the option that selects an output format, if the token is the format's name.</summary>
    private static string? FormatOf(Command command, string token) =>
        command.Options.FirstOrDefault(option => option.Name == "--format") is { } format
        && format.GetCompletions(CompletionContext.Empty).Any(item => "--" + item.Label == token)
            ? $"--format {token[2..]}"
            : null;

    private static string DidYouMean(string? word) => word is null ? "" : $" Did you mean '{word}'?";

    private static IEnumerable<string> OptionsOf(CommandResult result)
    {
        for (SymbolResult? at = result; at is CommandResult command; at = at.Parent)
        {
            foreach (var option in command.Command.Options.Where(option => option.Recursive || at == result))
            {
                yield return option.Name;
            }
        }
    }

    private static bool IsMissingCommand(ParseError error, Command command) =>
        command.Subcommands.Count > 0 && error.SymbolResult is CommandResult;

    private static string Describe(ParseError error, Command command, string name)
    {
        if (IsMissingCommand(error, command))
        {
            return $"'{name}' needs a command: {string.Join(", ", command.Subcommands.Select(each => each.Name))}.";
        }

        if (error.SymbolResult is ArgumentResult { Tokens.Count: 0, Parent: CommandResult, Argument: var argument }
            && argument.Arity.MinimumNumberOfValues > 0)
        {
            return $"'{name}' needs <{argument.Name}>{Explanation(argument.Description)}";
        }

        if (Choice().Match(error.Message) is { Success: true } choice && OptionOf(error.SymbolResult) is { } option)
        {
            var words = Quoted().Matches(choice.Groups["words"].Value).Select(word => word.Groups["word"].Value);
            return $"{option} is '{Printable.Text(choice.Groups["value"].Value, 60)}', but must be one of "
                + $"{string.Join(", ", words)}.";
        }

        if (Unparsed().Match(error.Message) is not { Success: true } match)
        {
            return error.Message;
        }

        var type = match.Groups["type"].Value;
        return $"{match.Groups["option"].Value} is '{Printable.Text(match.Groups["value"].Value, 60)}', but must be "
            + (type.Contains("Int", StringComparison.Ordinal) ? "a whole number."
                : type.Contains("Double", StringComparison.Ordinal) ? "a number."
                : "a valid value.");
    }

    private static string Explanation(string? description) =>
        string.IsNullOrEmpty(description) ? "." : $": {char.ToLowerInvariant(description[0])}{description[1..]}";

    private static string? OptionOf(SymbolResult? result) => result switch
    {
        OptionResult option => option.Option.Name,
        ArgumentResult { Parent: OptionResult option } => option.Option.Name,
        _ => null,
    };

    private static string Name(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{Name(parent)} {result.Command.Name}" : "mme";

    [GeneratedRegex("^Argument '(?<value>.*)' not recognized\\. Must be one of:(?<words>.*)$", RegexOptions.Singleline)]
    private static partial Regex Choice();

    [GeneratedRegex("'(?<word>[^']*)'")]
    private static partial Regex Quoted();

    [GeneratedRegex("^Cannot parse argument '(?<value>.*)' for option '(?<option>.*)' as expected type '(?<type>.*)'")]
    private static partial Regex Unparsed();
}
