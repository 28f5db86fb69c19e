using System.CommandLine;

namespace ServerlessMme.Cli.Composition;

/// <summary>Refuses empty text, which comes from an unset shell variable and is neither a path nor a name.</summary>
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
