using ServerlessMme.Hosting;

namespace ServerlessMme.Cli.Composition;

/// <summary>Reports the exception that ended a command.</summary>
internal static class FailureReport
{
    /// <summary>Explains the exception on standard error, and returns the exit code.</summary>
    public static int Write(Exception exception)
    {
        var (exitCode, text) = Explain(exception);
        Console.Error.WriteLine(text);
        if (VerboseSwitch.IsOn)
        {
            Console.Error.WriteLine(exception);
        }

        return exitCode;
    }

    /// <summary>Returns the exit code and the text for an exception.</summary>
    public static (int ExitCode, string Text) Explain(Exception exception) => exception switch
    {
        CommandException command => (command.ExitCode, command.Message),
        _ when ErrorText.Explain(exception) is { } known => (ExitCode(known.Kind), known.Text),
        _ => (ExitCodes.Unexpected, $"mme failed unexpectedly: {exception.GetBaseException().Message.TrimEnd('.')}. "
            + "Run the command again with --verbose for the details, and report them."),
    };

    private static int ExitCode(FailureKind kind) => kind switch
    {
        FailureKind.Settings => ExitCodes.Settings,
        FailureKind.Storage => ExitCodes.Storage,
        FailureKind.Path => ExitCodes.Usage,
        FailureKind.Machine => ExitCodes.Machine,
        _ => ExitCodes.Failed,
    };
}
