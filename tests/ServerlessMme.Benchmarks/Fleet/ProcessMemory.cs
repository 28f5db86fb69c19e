using System.Diagnostics;
using System.Globalization;

namespace ServerlessMme.Benchmarks.Fleet;

/// <summary>What Linux says of this process.</summary>
internal static class ProcessMemory
{
    /// <summary>Resident memory that is neither shared nor a file's, after a full collection.</summary>
    public static double PrivateMiB()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return Status("RssAnon") / 1024.0;
    }

    public static double ResidentMiB() => Status("VmRSS") / 1024.0;

    public static int Maps() => File.ReadLines("/proc/self/maps").Count();

    public static int Threads() => (int)Status("Threads");

    public static int Handles() => Directory.GetFiles("/proc/self/fd").Length;

    public static string Processor() => File.ReadLines("/proc/cpuinfo")
        .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown";

    public static double Milliseconds(long started) => Stopwatch.GetElapsedTime(started).TotalMilliseconds;

    /// <summary>Resident memory of another process.</summary>
    public static double ResidentMiB(int processId) =>
        Status("VmRSS", processId.ToString(CultureInfo.InvariantCulture)) / 1024.0;

    private static long Status(string name, string process = "self") => long.Parse(
        File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith(name + ":", StringComparison.Ordinal))
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
