using System.Runtime.InteropServices;

namespace ServerlessMme.Onnx.Memory;

/// <summary>
/// The system's limit on private memory that this process may write to. Allocations beyond it fail, so a greedy model
/// gets an error before the machine runs out of memory. Does nothing on systems other than Linux.
/// </summary>
internal static partial class DataLimit
{
    private const string Libc = "libc";
    private const int Data = 2;

    /// <summary>
    /// Limits the process to this many bytes more than it uses now. Returns false if the system can't do that.
    /// </summary>
    public static bool TrySet(long bytes) => ProcessMemory.Read("VmData") is { } now && TryChange((ulong)(now + bytes));

    /// <summary>Removes the limit.</summary>
    public static void Lift()
    {
        if (OperatingSystem.IsLinux())
        {
            TryChange(ulong.MaxValue);
        }
    }

    /// <summary>Changes the soft limit. The hard limit stays the same, so the soft limit can be raised again.</summary>
    private static bool TryChange(ulong bytes)
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess || GetLimit(Data, out var limit) != 0)
        {
            return false;
        }

        limit.Soft = Math.Min(bytes, limit.Hard);
        return SetLimit(Data, limit) == 0;
    }

    [LibraryImport(Libc, EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out Limit limit);

    [LibraryImport(Libc, EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, in Limit limit);

    private struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
