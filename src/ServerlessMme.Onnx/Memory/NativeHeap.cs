using System.Runtime.InteropServices;

namespace ServerlessMme.Onnx.Memory;

/// <summary>
/// glibc's heap, which ONNX Runtime allocates from and which keeps what is freed unless it is asked. Where there is
/// no glibc nothing is done: other heaps give memory back by themselves. Thread-safe.
/// </summary>
internal static partial class NativeHeap
{
    private const string Libc = "libc.so.6";
    private const int TrimThreshold = -1;
    private const int MapThreshold = -3;
    private const int Arenas = -8;

    /// <summary>
    /// Blocks are mapped by themselves from here on. It is as high as glibc allows: a threshold of 64 KiB would give
    /// freed models back without trimming, but then every run maps and faults in its activations again, which costs a
    /// small model 25 % at one image and half of its throughput at eight.
    /// </summary>
    private const int MappedFromBytes = 32 << 20;

    /// <summary>Free memory at the heap's end that runs may use again without asking the system.</summary>
    private const int KeptBytes = 64 << 20;

    // 32 MiB and 64 MiB from 4 GiB on.
    private const int ShareOfBlock = 128;
    private const int ShareKept = 64;

    private static readonly bool IsGlibc = FindGlibc();

    /// <summary>Sets the thresholds; before the first session.</summary>
    /// <param name="limitBytes">What the process may take. A small process keeps less of what is freed.</param>
    public static void Tune(long limitBytes)
    {
        if (!IsGlibc)
        {
            return;
        }

        _ = Mallopt(MapThreshold, (int)Math.Min(MappedFromBytes, limitBytes / ShareOfBlock));
        _ = Mallopt(TrimThreshold, (int)Math.Min(KeptBytes, limitBytes / ShareKept));
        // Each heap keeps its own free memory. By default there are eight for each processor.
        _ = Mallopt(Arenas, Environment.ProcessorCount);
    }

    /// <summary>Gives free memory back to the system. Takes milliseconds, during which allocations wait.</summary>
    public static void Trim()
    {
        if (IsGlibc)
        {
            _ = MallocTrim(0);
        }
    }

    /// <summary>Bytes that are allocated now; null where that cannot be told.</summary>
    public static long? AllocatedBytes()
    {
        if (!IsGlibc)
        {
            return null;
        }

        var info = MallocInfo();
        return (long)(info.InUse + info.Mapped);
    }

    private static bool FindGlibc() => OperatingSystem.IsLinux()
        && NativeLibrary.TryLoad(Libc, out var library)
        && NativeLibrary.TryGetExport(library, "mallinfo2", out _)
        && NativeLibrary.TryGetExport(library, "malloc_trim", out _);

    [LibraryImport(Libc, EntryPoint = "mallopt")]
    private static partial int Mallopt(int parameter, int value);

    [LibraryImport(Libc, EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint pad);

    [LibraryImport(Libc, EntryPoint = "mallinfo2")]
    private static partial Info MallocInfo();

    /// <summary>glibc's <c>struct mallinfo2</c>, in its order.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Info
    {
        public nuint Arena, FreeChunks, FastChunks, MappedBlocks, Mapped, Peak, FastFree, InUse, Free, Releasable;
    }
}
