using System.Buffers;

namespace ServerlessMme.SageMaker.Payloads;

/// <summary>A growing buffer from the shared pool that can be cut back to an earlier length. Not thread-safe.</summary>
internal sealed class PooledBuffer(int capacity) : IDisposable
{
    private byte[]? _rented = ArrayPool<byte>.Shared.Rent(capacity);

    public int Length { get; private set; }

    private byte[] Rented => _rented ?? throw new ObjectDisposedException(nameof(PooledBuffer));

    /// <summary>Returns free space for at least <paramref name="size"/> bytes after the written bytes.</summary>
    public Span<byte> Room(int size)
    {
        if (Rented.Length - Length < size)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Rented.Length * 2, Length + size));
            Rented.AsSpan(0, Length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(Rented);
            _rented = larger;
        }

        return Rented.AsSpan(Length);
    }

    /// <summary>Counts bytes of the free space as written.</summary>
    public void Advance(int count) => Length += count;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        Length += bytes.Length;
    }

    /// <summary>Discards all bytes after an earlier <see cref="Length"/>.</summary>
    public void CutTo(int length) => Length = length;

    /// <summary>Opens a view of the written bytes, for one request.</summary>
    public MemoryStream OpenRead() => new(Rented, 0, Length, writable: false);

    /// <summary>Leaves the memory to the garbage collector, because a request may still be reading it.</summary>
    public void Abandon() => _rented = null;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _rented, null) is { } rented)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
