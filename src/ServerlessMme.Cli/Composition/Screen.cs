using Spectre.Console;

namespace ServerlessMme.Cli.Composition;

/// <summary>Prints tables and text for people on standard output.</summary>
internal static class Screen
{
    private const int RedirectedWidth = 240;

    private static readonly Lazy<IAnsiConsole> Output = new(Create);

    /// <summary>Standard output. Examining the terminal takes time, so it happens when something is printed.</summary>
    public static IAnsiConsole Console => Output.Value;

    private static IAnsiConsole Create()
    {
        var console = AnsiConsole.Console;
        // Output to a file, log or pipe has no window that tables must fit into.
        if (System.Console.IsOutputRedirected)
        {
            console.Profile.Width = RedirectedWidth;
        }

        return console;
    }
}
