using System.Security.Cryptography;

namespace ServerlessMme.Core.Models.Artifacts;

/// <summary>Hashes and counts the bytes read from a stream. Throws if they exceed the limit.</summary>
internal sealed class HashingStream(Stream inner, IncrementalHash? hash, long maxBytes) : Stream
{
    private long _count;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _count;
        set => throw new NotSupportedException();
    }

    /// <summary>True after the inner stream has thrown.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Reads to the end of the stream, because the hash must cover every byte.</summary>
    public Task ReadToEndAsync(CancellationToken cancellationToken) => CopyToAsync(Null, cancellationToken);

    public override int Read(Span<byte> buffer)
    {
        HasFailed = true;
        var read = inner.Read(buffer);
        HasFailed = false;
        Take(buffer[..read]);
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        HasFailed = true;
        var read = await inner.ReadAsync(buffer, cancellationToken);
        HasFailed = false;
        Take(buffer.Span[..read]);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private void Take(ReadOnlySpan<byte> bytes)
    {
        _count += bytes.Length;
        if (_count > maxBytes)
        {
            throw new ArtifactTooLargeException($"has more than {maxBytes} bytes, packed or unpacked");
        }

        hash?.AppendData(bytes);
    }
}

/// <summary>An artifact exceeds its limit. Becomes <see cref="Failures.ErrorCode.ArtifactTooLarge"/>.</summary>
internal sealed class ArtifactTooLargeException(string message) : Exception(message);
