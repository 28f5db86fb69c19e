using System.Runtime.InteropServices;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Core.Images;

/// <summary>
/// Memory for a micro-batch of input tensors: contiguous rows, one per image, in native memory aligned to 64 bytes,
/// where a backend can read them in place. Not thread-safe; one per micro-batch.
/// </summary>
public sealed unsafe class TensorBatch : IDisposable
{
    private const int Alignment = 64;
    private readonly TensorBatch? _owner;
    private void* _memory;

    /// <param name="input">Shape and type of a row.</param>
    /// <param name="capacity">Number of rows, at least 1.</param>
    public TensorBatch(InputSpec input, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        RowBytes = input.ByteCount;
        Capacity = capacity;
        _memory = NativeMemory.AlignedAlloc(checked((nuint)RowBytes * (nuint)capacity), Alignment);
    }

    private TensorBatch(TensorBatch owner, int first, int count)
    {
        _owner = owner;
        RowBytes = owner.RowBytes;
        Capacity = count;
        _memory = (byte*)owner.Memory + ((long)first * RowBytes);
        GC.SuppressFinalize(this);
    }

    ~TensorBatch() => Free();

    /// <summary>Size of a row, in bytes.</summary>
    public int RowBytes { get; }

    /// <summary>Number of rows.</summary>
    public int Capacity { get; }

    /// <summary>Address of the first row.</summary>
    public nint Address => (nint)Memory;

    private void* Memory => _memory is null ? throw new ObjectDisposedException(nameof(TensorBatch)) : _memory;

    /// <summary>Returns one image's tensor, as bytes.</summary>
    public Span<byte> Row(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Capacity, nameof(index));
        return new Span<byte>((byte*)Memory + ((long)index * RowBytes), RowBytes);
    }

    /// <summary>Returns a slice of the rows as its own batch. Don't use it after this batch is disposed.</summary>
    public TensorBatch Slice(int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, Capacity - count);
        return new TensorBatch(this, first, count);
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (_owner is null)
        {
            NativeMemory.AlignedFree(_memory);
        }

        _memory = null;
    }
}
