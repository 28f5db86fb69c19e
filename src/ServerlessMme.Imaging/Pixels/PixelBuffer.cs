using System.Runtime.InteropServices;

namespace ServerlessMme.Imaging.Pixels;

/// <summary>
/// Native memory for a whole decoded image. It is not kept between images: the pool would hold on to the largest image
/// ever seen on every thread. Not thread-safe; dispose once.
/// </summary>
internal sealed unsafe class PixelBuffer(long length) : IDisposable
{
    private void* _memory = NativeMemory.Alloc(checked((nuint)length));

    /// <summary>Where the memory begins.</summary>
    public nint Address => (nint)_memory;

    /// <summary>Some bytes of it.</summary>
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
