using System.Diagnostics;

namespace ServerlessMme.Infra.Tests.Support;

/// <summary>What a program printed and ended with.</summary>
internal sealed record Finished(int ExitCode, string Output, string Error);

/// <summary>Runs programs of the machine.</summary>
internal static class Command
{
    /// <summary>Runs a program; null when the machine has none of that name.</summary>
    public static async Task<Finished?> TryRunAsync(
        string program, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
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
            await process.WaitForExitAsync();
            return new Finished(process.ExitCode, await output, await error);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
