namespace ServerlessMme.Testing.Processes;

/// <summary>The machine's Python, if it has one.</summary>
public static class Python
{
    /// <summary>The trimmed output of a line of Python; null if it can't run, for example without a module.</summary>
    public static async Task<string?> PrintAsync(string code) =>
        await Command.TryRunAsync("python3", "-c", code) is { ExitCode: 0 } finished ? finished.Output.Trim() : null;
}
