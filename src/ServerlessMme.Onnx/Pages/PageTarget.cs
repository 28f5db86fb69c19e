using ServerlessMme.Core.Memory;

namespace ServerlessMme.Onnx.Pages;

/// <summary>Calculates how much of a memory limit mapped files may take. Pure.</summary>
internal static class PageTarget
{
    private const long MiB = 1 << 20;

    // The reserve is for files that are read and written without a map, and for heaps that grow between two checks of
    // the limit. Twice as much would cost a tenth more reads, and no read would be faster.
    private const int ShareReserved = 32;
    private const long LeastReserved = 4 * MiB;
    private const long MostReserved = 256 * MiB;

    /// <summary>
    /// Percentages of time spent waiting for memory. Between them, the reserve grows to twice its size.
    /// </summary>
    private const double Pressure = 5;
    private const double HighPressure = 25;

    /// <summary>The target for all mapped files under the limit, in bytes.</summary>
    public static long Of(MemoryUse use) => Math.Max(0, use.MappableBytes - Reserve(use));

    /// <summary>The reserve to keep free, in bytes.</summary>
    public static long Reserve(MemoryUse use)
    {
        var usual = Math.Clamp(use.LimitBytes / ShareReserved, LeastReserved, MostReserved);
        var more = Math.Clamp(((use.Pressure ?? 0) - Pressure) / (HighPressure - Pressure), 0, 1);
        return Math.Min(use.LimitBytes, (long)(usual * (1 + more)));
    }
}
