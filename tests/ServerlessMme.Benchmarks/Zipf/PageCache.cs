using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ServerlessMme.Benchmarks.Zipf;

/// <summary>
/// The system's cache of file pages. A control group is charged for the pages that it is the first to read, so files
/// that another process has just written would cost it nothing.
/// </summary>
internal static partial class PageCache
{
    private const string Libc = "libc";
    private const int DontNeed = 4;
    private const int ReadOnly = 1;
    private const int Shared = 1;

    /// <summary>Lets the pages of all files in a folder go, and checks that they are gone.</summary>
    /// <exception cref="InvalidOperationException">More than a hundredth of the bytes stayed in memory.</exception>
    public static void Drop(string folder)
    {
        // Pages that aren't written yet would stay.
        Sync();
        var files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories);
        var (bytes, left) = (0L, 0L);
        foreach (var path in files)
        {
            using var file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
            var length = RandomAccess.GetLength(file);
            if (length > 0)
            {
                bytes += length;
                Check(Advise(file, 0, 0, DontNeed));
                left += ResidentBytes(file, (nuint)length);
            }
        }

        Console.Error.WriteLine($"{files.Length} files, {bytes >> 20} MiB, of which {left >> 20} MiB are cached");
        if (left > bytes / 100)
        {
            throw new InvalidOperationException($"{left >> 20} of {bytes >> 20} MiB in {folder} stayed in the page "
                + "cache, so the limit would not count them. Set TMPDIR to a folder on a disk.");
        }
    }

    private static long ResidentBytes(SafeFileHandle file, nuint length)
    {
        var address = Map(0, length, ReadOnly, Shared, file, 0);
        if (address == -1)
        {
            throw new Win32Exception();
        }

        try
        {
            var pages = new byte[((long)length + Environment.SystemPageSize - 1) / Environment.SystemPageSize];
            Check(FindResident(address, length, pages));
            return (long)Environment.SystemPageSize * pages.Count(page => (page & 1) == 1);
        }
        finally
        {
            _ = Unmap(address, length);
        }
    }

    private static void Check(int result)
    {
        if (result != 0)
        {
            throw new Win32Exception(result > 0 ? result : Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport(Libc, EntryPoint = "sync")]
    private static partial void Sync();

    [LibraryImport(Libc, EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle file, long offset, long length, int advice);

    [LibraryImport(Libc, EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(
        nint address, nuint length, int protection, int flags, SafeFileHandle file, long offset);

    [LibraryImport(Libc, EntryPoint = "mincore", SetLastError = true)]
    private static partial int FindResident(nint address, nuint length, [Out] byte[] pages);

    [LibraryImport(Libc, EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);
}
