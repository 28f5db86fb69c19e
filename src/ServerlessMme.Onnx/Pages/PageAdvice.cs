using System.Runtime.InteropServices;

namespace ServerlessMme.Onnx.Pages;

/// <summary>
/// Tells the system which pages of mapped files are needed, and asks which are in memory. On systems other
/// than 64-bit Linux it does nothing, and all pages count as in memory.
/// </summary>
internal static unsafe partial class PageAdvice
{
    private const string Libc = "libc";

    // madvise's and posix_fadvise's; PageOut is from Linux 5.4, PopulateRead from 5.14.
    private const int WillNeed = 3;
    private const int DontNeed = 4;
    private const int PageOut = 21;
    private const int PopulateRead = 22;

    private const int InvalidArgument = 22;
    private const int PagesAtOnce = 1024;

    // The system cuts longer reads to the disk's limit.
    private const long BytesAtOnce = 512 << 10;

    private static volatile bool _cannotPopulate;

    public static bool IsSupported { get; } = OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    /// <summary>Size of a page, in bytes.</summary>
    public static int PageBytes { get; } = Environment.SystemPageSize;

    /// <summary>Reads pages that aren't in memory, and maps all of them, before it returns.</summary>
    /// <param name="address">The start of a page.</param>
    /// <param name="isWhole">
    /// Returns false if the file was truncated. Called only if the kernel can't read pages without touching them. Null
    /// means that the file is whole.
    /// </param>
    public static void Populate(nint address, long length, Func<bool>? isWhole = null)
    {
        if (!IsSupported)
        {
            return;
        }

        // Without this, the next step reads like page faults do: each read has the disk's read-ahead size, which may be
        // 8 MiB that nobody needs, or only 128 KiB.
        ReadAhead(address, length);
        if (_cannotPopulate || !TryPopulate(address, length))
        {
            Touch(address, length, isWhole);
        }
    }

    /// <summary>Begins to read pages that aren't in memory, and waits only if the disk's queue is full.</summary>
    /// <param name="address">The start of a page.</param>
    public static void ReadAhead(nint address, long length)
    {
        for (var offset = 0L; IsSupported && offset < length; offset += BytesAtOnce)
        {
            _ = Advise(address + (nint)offset, (nuint)Math.Min(BytesAtOnce, length - offset), WillNeed);
        }
    }

    /// <summary>
    /// Frees pages that no other process has mapped. They stay mapped here, and are loaded again when they are read.
    /// Pages that other processes have mapped are freed when the last of these processes drops them.
    /// </summary>
    /// <param name="path">The file, which may have been deleted since.</param>
    /// <param name="address">Address of the whole mapped file.</param>
    /// <param name="written">
    /// When the mapped file was last written; null if the path is known to be that file's.
    /// </param>
    public static void Drop(string path, nint address, long length, DateTime? written = null)
    {
        if (!IsSupported)
        {
            return;
        }

        try
        {
            using var file = File.OpenHandle(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (written is null || File.GetLastWriteTimeUtc(file) == written)
            {
                _ = Advise(address, (nuint)length, DontNeed);
                _ = AdviseFile((int)file.DangerousGetHandle(), 0, 0, DontNeed);
                return;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The file was deleted. This is also the case if another file has its path now.
        }

        // A deleted file can only be advised through its map, which doesn't free pages that other processes have
        // mapped.
        _ = Advise(address, (nuint)length, PageOut);
    }

    /// <summary>Counts the pages that are in memory. Pages that the system doesn't report count as in memory.</summary>
    /// <param name="address">The start of a page.</param>
    public static long CountResident(nint address, long length)
    {
        var pages = Pages(length);
        if (!IsSupported)
        {
            return pages;
        }

        Span<byte> states = stackalloc byte[(int)Math.Min(PagesAtOnce, pages)];
        var resident = 0L;
        for (var page = 0L; page < pages; page += states.Length)
        {
            var some = states[..(int)Math.Min(states.Length, pages - page)];
            fixed (byte* state = some)
            {
                var bytes = (nuint)some.Length * (nuint)PageBytes;
                var isKnown = InCore(address + (nint)(page * PageBytes), bytes, state) == 0;
                resident += isKnown ? some.Count((byte)1) : some.Length;
            }
        }

        return resident;
    }

    /// <summary>Returns the number of pages for this many bytes from the start of a page.</summary>
    public static long Pages(long length) => (length + PageBytes - 1) / PageBytes;

    /// <summary>
    /// The fallback of <see cref="Populate"/> for kernels that don't support it. Reads each page once.
    /// </summary>
    internal static void Touch(nint address, long length, Func<bool>? isWhole = null)
    {
        if (isWhole?.Invoke() == false)
        {
            return;
        }

        for (var offset = 0L; offset < length; offset += PageBytes)
        {
            _ = Volatile.Read(ref *(byte*)(address + (nint)offset));
        }
    }

    // The call also fails for other reasons, such as a truncated file. The run then reports the error.
    private static bool TryPopulate(nint address, long length)
    {
        if (Advise(address, (nuint)length, PopulateRead) == 0 || Marshal.GetLastPInvokeError() != InvalidArgument)
        {
            return true;
        }

        _cannotPopulate = true;
        return false;
    }

    [LibraryImport(Libc, EntryPoint = "madvise", SetLastError = true)]
    private static partial int Advise(nint address, nuint length, int advice);

    [LibraryImport(Libc, EntryPoint = "posix_fadvise")]
    private static partial int AdviseFile(int file, long offset, long length, int advice);

    [LibraryImport(Libc, EntryPoint = "mincore")]
    private static partial int InCore(nint address, nuint length, byte* states);
}
