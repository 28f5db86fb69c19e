using System.Diagnostics;
using System.Text.Json;
using ServerlessMme.Benchmarks.Memory;

namespace ServerlessMme.Benchmarks;

/// <summary>One side of a comparison in a process of its own, so that its memory is its own.</summary>
internal sealed class ChildProcess : IDisposable
{
    // 128 and signal 9, as shells have it.
    private const int Killed = 137;

    private readonly string _title;
    private readonly Process _process;
    private readonly Timer? _timer;

    /// <summary>Starts this program again.</summary>
    /// <param name="group">The memory control group that it runs in; null for none.</param>
    /// <param name="patience">After this time it is killed; null for never.</param>
    public ChildProcess(
        string title, IEnumerable<string> arguments, MemoryGroup? group = null, TimeSpan? patience = null)
    {
        _title = title;
        Console.Error.WriteLine(title);
        var start = group?.Start(Environment.ProcessPath!, arguments)
            ?? new ProcessStartInfo(Environment.ProcessPath!, arguments);
        start.RedirectStandardOutput = true;
        _process = Process.Start(start)!;
        if (patience is { } time)
        {
            _timer = new Timer(_ => _process.Kill(), null, time, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Runs this program again; the figures are the last line that it prints.</summary>
    public static T Run<T>(string title, IEnumerable<string> arguments)
    {
        using var child = new ChildProcess(title, arguments);
        return child.TryEnd<T>(out var figures)
            ? figures!
            : throw new InvalidOperationException($"{title} was killed.");
    }

    /// <summary>Waits for the figures; false when the process was killed.</summary>
    /// <exception cref="InvalidOperationException">The process failed.</exception>
    public bool TryEnd<T>(out T? figures)
    {
        var lines = _process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        WaitForExit();
        figures = default;
        if (_process.ExitCode == Killed)
        {
            return false;
        }

        if (_process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{_title} ended with {_process.ExitCode}.");
        }

        Console.Error.WriteLine(lines[^1]);
        figures = JsonSerializer.Deserialize<T>(lines[^1]);
        return true;
    }

    public void Dispose()
    {
        _timer?.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
            WaitForExit();
        }

        _process.Dispose();
    }

#pragma warning disable RS0030 // The benchmark has nothing else to do meanwhile.
    private void WaitForExit() => _process.WaitForExit();
#pragma warning restore RS0030
}
