using System.Diagnostics;

namespace ServerlessMme.SageMaker.Tests.Support;

/// <summary>The machine's Python, where it has one.</summary>
internal static class Python
{
    /// <summary>What a line of Python prints; null when it cannot be run, for a missing module for instance.</summary>
    public static async Task<string?> PrintAsync(string code)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("python3", ["-c", code])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var printed = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return process.ExitCode == 0 ? printed.Trim() : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
