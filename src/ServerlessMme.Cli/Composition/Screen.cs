using Spectre.Console;

namespace ServerlessMme.Cli.Composition;

/// <summary>Prints tables and text for people on standard output, and progress on standard error.</summary>
internal static class Screen
{
    private const int RedirectedWidth = 240;

    private static readonly Lazy<IAnsiConsole> Output = new(CreateOutput);

    /// <summary>Standard output. Examining the terminal takes time, so it happens when something is printed.</summary>
    public static IAnsiConsole Console => Output.Value;

    /// <summary>Standard error, for a progress bar. Only for a terminal that shows one.</summary>
    public static IAnsiConsole CreateError() => Create(System.Console.Error, hasStyle: true);

    /// <summary>
    /// True for a terminal that shows colors and moves the cursor, unless the user asks for none: see no-color.org.
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

    // Spectre also writes escape codes to a file or a pipe, for example where it finds a build server.
    private static IAnsiConsole Create(TextWriter writer, bool hasStyle) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = hasStyle ? AnsiSupport.Detect : AnsiSupport.No,
        ColorSystem = hasStyle ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        Out = new AnsiConsoleOutput(writer),
    });
}
