using System.Runtime.InteropServices;

namespace ServerlessMme.Imaging.Pixels;

/// <summary>
/// Native memory for a whole decoded image. It isn't pooled, because a pool would keep the largest image ever seen on
/// every thread. Not thread-safe; dispose once.
/// </summary>
internal sealed unsafe class PixelBuffer(long length) : IDisposable
{
    private void* _memory = NativeMemory.Alloc(checked((nuint)length));

    /// <summary>Address of the first byte.</summary>
    public nint Address => (nint)_memory;

    /// <summary>Returns a part of the memory.</summary>
    public Span<byte> Slice(long start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + count, length);
        return new Span<byte>((byte*)_memory + start, count);
    }

    public void Dispose()
    {
        NativeMemory.Free(_memory);
        _memory = null;
    }
}
