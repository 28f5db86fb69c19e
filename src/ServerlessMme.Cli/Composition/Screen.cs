using Spectre.Console;

namespace ServerlessMme.Cli.Composition;

/// <summary>Prints tables and text for people on standard output, and progress on standard error.</summary>
internal static class Screen
{
    private const int RedirectedWidth = 240;

    private static readonly Lazy<IAnsiConsole> Output = new(CreateOutput);

    /// <summary>Standard output. Created on first use, because examining the terminal takes time.</summary>
    public static IAnsiConsole Console => Output.Value;

    /// <summary>Opens standard error for a progress bar. Use it only if the terminal can show one.</summary>
    public static IAnsiConsole CreateError() => Create(System.Console.Error, hasStyle: true);

    /// <summary>
    /// Returns true if the terminal shows colors and moves the cursor, and NO_COLOR is not set (no-color.org).
    /// </summary>
    public static bool HasStyle(bool isError) =>
        !(isError ? System.Console.IsErrorRedirected : System.Console.IsOutputRedirected)
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") != "dumb";

    private static IAnsiConsole CreateOutput()
    {
        var console = Create(System.Console.Out, HasStyle(isError: false));
        // Output to a file, log or pipe has no window that tables must fit into.
        if (System.Console.IsOutputRedirected)
        {
            console.Profile.Width = RedirectedWidth;
        }

        return console;
    }

    // Spectre also writes escape codes to a file or a pipe, for example if it detects a build server.
    private static IAnsiConsole Create(TextWriter writer, bool hasStyle) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = hasStyle ? AnsiSupport.Detect : AnsiSupport.No,
        // Spectre treats an empty NO_COLOR as set.
        ColorSystem = !hasStyle ? ColorSystemSupport.NoColors
            : Environment.GetEnvironmentVariable("NO_COLOR") is null ? ColorSystemSupport.Detect
            : ColorSystemSupport.Standard,
        Out = new AnsiConsoleOutput(writer),
    });
}
