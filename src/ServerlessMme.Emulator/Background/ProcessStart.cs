using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace ServerlessMme.Emulator.Background;

/// <summary>When a process started. With its ID, it tells a process from a later one that got the same ID.</summary>
/// <param name="Boot">Linux: ID of the system's start. Null elsewhere.</param>
/// <param name="Value">Linux: clock ticks since the system's start. Elsewhere: Unix time in milliseconds.</param>
internal sealed record ProcessStart(string? Boot, long Value)
{
    // Other systems compute the time from clocks that are adjusted.
    private const long ToleranceMs = 2_000;

    // Where /proc/[pid]/stat has them, counted after the program's name in parentheses.
    private const int State = 0;
    private const int StartTime = 19;

    /// <summary>The start of a process; null when no process of that ID runs.</summary>
    public static ProcessStart? Of(int processId) =>
        OperatingSystem.IsLinux() ? OfLinux(processId) : OfOther(processId);

    /// <summary>True when both are the start of one process.</summary>
    public bool IsSame(ProcessStart other) =>
        Boot == other.Boot && Math.Abs(Value - other.Value) <= (Boot is null ? ToleranceMs : 0);

    private static ProcessStart? OfLinux(int processId)
    {
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            // A process that has ended stays in the list until its parent notices.
            return fields[State] is "Z" or "X"
                ? null
                : new ProcessStart(
                    File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim(),
                    long.Parse(fields[StartTime], CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static ProcessStart? OfOther(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return process.HasExited
                ? null
                : new ProcessStart(null, new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds());
        }
        catch (Exception exception)
            when (exception is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // It doesn't run, or it is another user's and so not ours.
            return null;
        }
    }
}
