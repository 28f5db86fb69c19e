using System.CommandLine;

namespace ServerlessMme.Cli.Composition;

/// <summary>Refuses empty texts: an unset shell variable gives one, and it is no path and no name.</summary>
internal static class NotEmpty
{
    public static void Check(params ReadOnlySpan<Symbol> symbols)
    {
        foreach (var symbol in symbols)
        {
            if (symbol is Argument argument)
            {
                argument.Validators.Add(result =>
                {
                    if (result.Tokens.Any(token => token.Value.Length == 0))
                    {
                        result.AddError($"<{argument.Name}> is empty.");
                    }
                });
            }
            else if (symbol is Option option)
            {
                option.Validators.Add(result =>
                {
                    if (result.Tokens.Any(token => token.Value.Length == 0))
                    {
                        result.AddError($"{option.Name} is empty.");
                    }
                });
            }
        }
    }
}
