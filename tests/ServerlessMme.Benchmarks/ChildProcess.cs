using System.Diagnostics;
using System.Text.Json;

namespace ServerlessMme.Benchmarks;

/// <summary>One side of a comparison in a process of its own, so that its memory is its own.</summary>
internal static class ChildProcess
{
    /// <summary>Runs this program again; the figures are the last line that it prints.</summary>
    public static T Run<T>(string title, IEnumerable<string> arguments)
    {
        Console.Error.WriteLine(title);
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
#pragma warning disable RS0030 // The benchmark has nothing else to do meanwhile.
        process.WaitForExit();
#pragma warning restore RS0030
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{title} ended with {process.ExitCode}.");
        }

        Console.Error.WriteLine(lines[^1]);
        return JsonSerializer.Deserialize<T>(lines[^1])!;
    }
}
