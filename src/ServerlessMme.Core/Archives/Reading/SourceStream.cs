namespace ServerlessMme.Core.Archives.Reading;

/// <summary>
/// The bytes of an archive, read forward only. Counts them, keeps the last few, and records a failure of the source,
/// which must not be mistaken for a damaged archive. Not thread-safe.
/// </summary>
internal sealed class SourceStream(Stream source, int tailLength) : ForwardStream
{
    private readonly byte[] _tail = new byte[tailLength];

    /// <summary>Bytes read so far.</summary>
    public long Count { get; private set; }

    /// <summary>The exception that the source threw; null if it didn't fail.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>The last bytes read, in order.</summary>
    public byte[] Tail()
    {
        var length = (int)Math.Min(Count, _tail.Length);
        var tail = new byte[length];
        for (var i = 0; i < length; i++)
        {
            tail[i] = _tail[(Count - length + i) % _tail.Length];
        }

        return tail;
    }

    /// <summary>Reads to the end.</summary>
    public void Drain()
    {
        var buffer = new byte[16 * 1024];
        while (Read(buffer) > 0)
        {
        }
    }

    public override int Read(Span<byte> buffer)
    {
        int count;
        try
        {
            count = source.Read(buffer);
        }
        catch (Exception exception)
        {
            Failure = exception;
            throw;
        }

        Remember(buffer[..count]);
        Count += count;
        return count;
    }

    private void Remember(ReadOnlySpan<byte> bytes)
    {
        // Only the last bytes fit.
        var skipped = Math.Max(0, bytes.Length - _tail.Length);
        var rest = bytes[skipped..];
        var at = (int)((Count + skipped) % _tail.Length);
        var first = Math.Min(rest.Length, _tail.Length - at);
        rest[..first].CopyTo(_tail.AsSpan(at));
        rest[first..].CopyTo(_tail);
    }
}
