namespace ServerlessMme.Core.Archives.Reading;

/// <summary>
/// The archive's bytes as they come: counted, their end kept, and trouble with the source told from damage in the
/// archive. Read forward only. Not thread-safe.
/// </summary>
internal sealed class SourceStream(Stream source, int tailLength) : ForwardStream
{
    private readonly byte[] _tail = new byte[tailLength];

    /// <summary>Bytes read so far.</summary>
    public long Count { get; private set; }

    /// <summary>What the source itself threw; null while it is well.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>The last bytes that were read, in their order.</summary>
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

    /// <summary>Reads what is left.</summary>
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
        // Only the newest are of use.
        var skipped = Math.Max(0, bytes.Length - _tail.Length);
        var rest = bytes[skipped..];
        var at = (int)((Count + skipped) % _tail.Length);
        var first = Math.Min(rest.Length, _tail.Length - at);
        rest[..first].CopyTo(_tail.AsSpan(at));
        rest[first..].CopyTo(_tail);
    }
}
