using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace ServerlessMme.Emulator.Background;

/// <summary>
/// When a process started. With its ID, this distinguishes a process from a later one with the same ID.
/// </summary>
/// <param name="Boot">Linux: ID of the boot. Null elsewhere.</param>
/// <param name="Value">Linux: clock ticks since boot. Elsewhere: Unix time in milliseconds.</param>
internal sealed record ProcessStart(string? Boot, long Value)
{
    // Other systems compute the time from clocks that can be adjusted.
    private const long ToleranceMs = 2_000;

    // Positions in /proc/[pid]/stat, counted after the program's name in parentheses.
    private const int State = 0;
    private const int StartTime = 19;

    /// <summary>Returns the start of a process; null if no process with this ID is running.</summary>
    public static ProcessStart? Of(int processId) =>
        OperatingSystem.IsLinux() ? OfLinux(processId) : OfOther(processId);

    /// <summary>Returns true if both are the start of the same process.</summary>
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
            // It isn't running, or it belongs to another user, so it can't be ours.
            return null;
        }
    }
}
