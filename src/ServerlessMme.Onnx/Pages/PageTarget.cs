using ServerlessMme.Core.Memory;

namespace ServerlessMme.Onnx.Pages;

/// <summary>How much of a memory limit mapped files are to take. Pure.</summary>
internal static class PageTarget
{
    private const long MiB = 1 << 20;

    // For files that are read and written without a map, and for heaps that grow between two looks at the limit. Twice
    // as much costs a tenth more reads, and takes nothing off what a read takes.
    private const int ShareReserved = 32;
    private const long LeastReserved = 4 * MiB;
    private const long MostReserved = 256 * MiB;

    /// <summary>Percentage of waiting from which the reserve grows, and up to which: then it has doubled.</summary>
    private const double Pressure = 5;
    private const double HighPressure = 25;

    /// <summary>The target for all mapped files under the limit, in bytes.</summary>
    public static long Of(MemoryUse use) => Math.Max(0, use.MappableBytes - Reserve(use));

    /// <summary>What is kept free, in bytes.</summary>
    public static long Reserve(MemoryUse use)
    {
        var usual = Math.Clamp(use.LimitBytes / ShareReserved, LeastReserved, MostReserved);
        var more = Math.Clamp(((use.Pressure ?? 0) - Pressure) / (HighPressure - Pressure), 0, 1);
        return Math.Min(use.LimitBytes, (long)(usual * (1 + more)));
    }
}
