using System.Runtime.InteropServices;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Core.Images;

/// <summary>
/// Room for a micro-batch of input tensors, one row an image, rows side by side in native memory aligned to 64 bytes,
/// so that a backend can read them in place. Not thread-safe; one per worker, used again for every micro-batch.
/// </summary>
public sealed unsafe class TensorBatch : IDisposable
{
    private const int Alignment = 64;
    private void* _memory;

    /// <param name="input">Shape and type of a row.</param>
    /// <param name="capacity">Rows, at least 1.</param>
    public TensorBatch(InputSpec input, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        RowBytes = input.ByteCount;
        Capacity = capacity;
        _memory = NativeMemory.AlignedAlloc(checked((nuint)RowBytes * (nuint)capacity), Alignment);
    }

    ~TensorBatch() => Free();

    /// <summary>Bytes of one row.</summary>
    public int RowBytes { get; }

    /// <summary>Rows that there is room for.</summary>
    public int Capacity { get; }

    /// <summary>Address of the first row.</summary>
    public nint Address => (nint)Memory;

    private void* Memory => _memory is null ? throw new ObjectDisposedException(nameof(TensorBatch)) : _memory;

    /// <summary>One image's tensor, as bytes.</summary>
    public Span<byte> Row(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Capacity, nameof(index));
        return new Span<byte>((byte*)Memory + ((long)index * RowBytes), RowBytes);
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
    }
}
