using System.Globalization;

namespace ServerlessMme.Onnx.Memory;

/// <summary>This process's memory as Linux counts it.</summary>
internal static class ProcessMemory
{
    private const string Status = "/proc/self/status";
    private const string ClearRefs = "/proc/self/clear_refs";

    /// <summary>
    /// Reads a line of the process's status, such as VmData, in bytes. Returns null on systems other than Linux.
    /// </summary>
    public static long? Read(string name)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        try
        {
            var line = File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
            // Large numbers fill their column, so there may be no space before them.
            var words = line?.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            return words is null ? null : long.Parse(words[^2], CultureInfo.InvariantCulture) << 10;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            return null;
        }
    }

    /// <summary>
    /// Runs an action and returns its peak memory in bytes, or null if it can't be measured. Nothing else may run in
    /// this process at the same time.
    /// </summary>
    public static long? PeakOf(Action action)
    {
        NativeHeap.Trim();
        var canMeasure = TryResetPeak();
        var before = canMeasure ? Read("VmRSS") : null;
        action();
        return Read("VmHWM") - before is { } bytes ? Math.Max(0, bytes) : null;
    }

    private static bool TryResetPeak()
    {
        try
        {
            File.WriteAllText(ClearRefs, "5");
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
