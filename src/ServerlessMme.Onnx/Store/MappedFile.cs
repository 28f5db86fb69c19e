using System.IO.MemoryMappedFiles;

namespace ServerlessMme.Onnx.Store;

/// <summary>
/// A whole file that is mapped into memory for reading. The file itself is closed, so a map takes no file handle.
/// </summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _address;

    public MappedFile(string path, long length)
    {
        using var handle = File.OpenHandle(path);
        Written = File.GetLastWriteTimeUtc(handle);
        using var file = MemoryMappedFile.CreateFromFile(
            handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _address);
        _address += _view.PointerOffset;
        Length = length;
    }

    public long Length { get; }

    /// <summary>
    /// When the file was last written, in UTC. Distinguishes it from a later file with the same path.
    /// </summary>
    public DateTime Written { get; }

    public nint Address => (nint)_address;

    /// <summary>Returns the file's bytes from an offset, but at most 1 GiB.</summary>
    public ReadOnlySpan<byte> Part(long offset, long length)
    {
        if (offset < 0 || length < 0 || offset > Length - length)
        {
            throw new ArgumentOutOfRangeException(nameof(offset));
        }

        return new ReadOnlySpan<byte>(_address + offset, (int)Math.Min(length, 1 << 30));
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
    }
}
