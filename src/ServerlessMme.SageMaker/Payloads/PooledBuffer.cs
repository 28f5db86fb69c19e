using System.Buffers;

namespace ServerlessMme.SageMaker.Payloads;

/// <summary>Growing memory from the shared pool, with a way back to an earlier length. Not thread-safe.</summary>
internal sealed class PooledBuffer(int capacity) : IDisposable
{
    private byte[]? _rented = ArrayPool<byte>.Shared.Rent(capacity);

    public int Length { get; private set; }

    private byte[] Rented => _rented ?? throw new ObjectDisposedException(nameof(PooledBuffer));

    /// <summary>Room for at least <paramref name="size"/> bytes behind what is written.</summary>
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

    /// <summary>Takes bytes of the room as written.</summary>
    public void Advance(int count) => Length += count;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        Length += bytes.Length;
    }

    /// <summary>Forgets what was written after an earlier <see cref="Length"/>.</summary>
    public void CutTo(int length) => Length = length;

    /// <summary>A view of what is written, for one request.</summary>
    public MemoryStream OpenRead() => new(Rented, 0, Length, writable: false);

    /// <summary>Gives the memory up to the garbage collector: somebody may still read it.</summary>
    public void Abandon() => _rented = null;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _rented, null) is { } rented)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
