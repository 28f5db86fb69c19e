namespace ServerlessMme.Cli.Composition;

/// <summary>Ends the command with an exit code.</summary>
/// <param name="message">What happened, and the way out, in one or two sentences.</param>
internal class CommandException(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    public int ExitCode => exitCode;
}
