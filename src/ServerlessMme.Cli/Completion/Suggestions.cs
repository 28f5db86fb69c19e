using System.CommandLine;

namespace ServerlessMme.Cli.Completion;

/// <summary>
/// Prints the words that may follow on a command line, one per line. The scripts of <c>mme completion</c> request them
/// with <c>mme "[suggest:12]" "mme models l"</c>, as in dotnet-suggest.
/// </summary>
internal static class Suggestions
{
    private const string Program = "mme";

    public static bool AreAsked(string[] args) =>
        args is [var first, ..] && first.StartsWith("[suggest", StringComparison.Ordinal);

    /// <param name="createRoot">Creates the root command for a command line without the program.</param>
    public static int Print(string[] args, Func<string[], RootCommand> createRoot)
    {
        var line = args.Length > 1 ? args[1] : "";
        var position = int.TryParse(args[0].AsSpan().TrimEnd(']')["[suggest".Length..].TrimStart(':'), out var given)
            ? Math.Clamp(given, 0, line.Length)
            : line.Length;
        foreach (var word in Of(line[..position], createRoot))
        {
            Console.Out.WriteLine(word);
        }

        return 0;
    }

    /// <summary>Returns the words that may replace the last word of a command line.</summary>
    internal static IReadOnlyList<string> Of(string line, Func<string[], RootCommand> createRoot)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        // dotnet-suggest leaves out the program.
        if (words is [var first, ..] && Path.GetFileNameWithoutExtension(first) == Program)
        {
            line = line[(line.IndexOf(first, StringComparison.Ordinal) + first.Length)..].TrimStart(' ');
            words = words[1..];
        }

        var current = words.Length == 0 || line.EndsWith(' ') ? "" : words[^1];
        var parsed = createRoot(words).Parse(line);
        var all = parsed.GetCompletions(line.Length).Select(item => item.InsertText ?? item.Label)
            .Where(word => word.StartsWith(current, StringComparison.OrdinalIgnoreCase)).Distinct().ToList();
        var values = all.Where(word => word[0] is not ('-' or '/')).ToList();
        return current.StartsWith('-') || (values.Count == 0 && parsed.CommandResult.Command.Arguments.Count == 0)
            ? [.. all.Where(word => word.StartsWith("--", StringComparison.Ordinal))]
            : values;
    }
}
