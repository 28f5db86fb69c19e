using System.Runtime.InteropServices;

namespace ServerlessMme.Onnx.Memory;

/// <summary>
/// glibc's heap, which ONNX Runtime allocates from and which keeps freed memory until it is trimmed. Does nothing
/// without glibc, because other heaps return memory by themselves. Thread-safe.
/// </summary>
internal static partial class NativeHeap
{
    private const string Libc = "libc.so.6";
    private const int TrimThreshold = -1;
    private const int MapThreshold = -3;
    private const int Arenas = -8;

    /// <summary>
    /// Blocks of this size or more get their own mapping. This is the highest value that glibc allows. A threshold of
    /// 64 KiB would return freed models without trimming, but then every run maps and faults in its activations again,
    /// which costs a small model 25% at one image and half of its throughput at eight.
    /// </summary>
    private const int MappedFromBytes = 32 << 20;

    /// <summary>Free memory at the end of the heap that runs can reuse without a system call.</summary>
    private const int KeptBytes = 64 << 20;

    // With a limit of 4 GiB or more, these give 32 MiB and 64 MiB.
    private const int ShareOfBlock = 128;
    private const int ShareKept = 64;

    private static readonly bool IsGlibc = FindGlibc();

    /// <summary>Sets the thresholds. Call it before the first session is created.</summary>
    /// <param name="limitBytes">The process's memory limit, in bytes. A small process keeps less freed memory.</param>
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

    /// <summary>Returns free memory to the system. Takes milliseconds, during which allocations wait.</summary>
    public static void Trim()
    {
        if (IsGlibc)
        {
            _ = MallocTrim(0);
        }
    }

    /// <summary>Returns the bytes that are allocated now; null if they are unknown.</summary>
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
