using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ServerlessMme.Onnx.Pages;

/// <summary>
/// Checks whether the system can drop a file's pages and reports which of them are in memory. Some systems report all
/// pages as in memory: Linux since 5.2 for files that the process neither owns nor may write to, and gVisor for any
/// file.
/// </summary>
internal static unsafe partial class PageProbe
{
    private const string Libc = "libc";

    // Constants of mmap, and file system types of statfs.
    private const int ReadOnly = 1;
    private const int Shared = 1;
    private const long Tmpfs = 0x01021994;
    private const long Ramfs = 0x858458f6;
    private const int StatBytes = 512;

    // More than a huge page, which may extend beyond the end of the file.
    private const long BytesBehindEnd = 4 << 20;

    /// <summary>Returns the reason why a file's pages can't be managed; null if they can be managed.</summary>
    public static string? FindProblem(string path)
    {
        if (!PageAdvice.IsSupported)
        {
            return "the system isn't 64-bit Linux";
        }

        try
        {
            using var file = File.OpenHandle(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (IsMemory(path))
            {
                return "the file system is in memory";
            }

            return HasPageBehindEnd(file) ? "the system reports that all pages of any file are in memory" : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool IsMemory(string path)
    {
        var stat = stackalloc byte[StatBytes];
        return StatFileSystem(path, stat) == 0 && *(long*)stat is Tmpfs or Ramfs;
    }

    /// <summary>
    /// Returns true if the system reports a page beyond the end of the file as in memory. It then does so for every
    /// page.
    /// </summary>
    private static bool HasPageBehindEnd(SafeFileHandle file)
    {
        var length = (PageAdvice.Pages(RandomAccess.GetLength(file)) * PageAdvice.PageBytes) + BytesBehindEnd;
        var address = Map(0, (nuint)length, ReadOnly, Shared, (int)file.DangerousGetHandle(), 0);
        if (address == -1)
        {
            return false;
        }

        try
        {
            return PageAdvice.CountResident(
                address + (nint)(length - PageAdvice.PageBytes), PageAdvice.PageBytes) > 0;
        }
        finally
        {
            _ = Unmap(address, (nuint)length);
        }
    }

    [LibraryImport(Libc, EntryPoint = "statfs", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatFileSystem(string path, byte* stat);

    [LibraryImport(Libc, EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, long offset);

    [LibraryImport(Libc, EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);
}
