using System.ComponentModel;
using System.Diagnostics;

namespace ServerlessMme.Testing.Processes;

/// <summary>The exit code and everything that an ended program printed.</summary>
public sealed record Finished(int ExitCode, string Output, string Error);

/// <summary>Runs programs that are installed on this machine.</summary>
public static class Command
{
    private static readonly Dictionary<string, string> NoVariables = [];
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>Runs a program to its end; null if the machine has no program of that name.</summary>
    public static Task<Finished?> TryRunAsync(string program, params string[] arguments) =>
        TryRunAsync(program, NoVariables, arguments);

    /// <param name="environment">Variables besides those of this process.</param>
    /// <exception cref="TimeoutException">The program still ran after three minutes.</exception>
    public static async Task<Finished?> TryRunAsync(
        string program, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Files.Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync().WaitAsync(Limit);
            return new Finished(process.ExitCode, await output, await error);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
