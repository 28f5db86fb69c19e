namespace ServerlessMme.Imaging.Png;

/// <summary>
/// The compressed pixels of a PNG: the data of consecutive chunks, read in place. Checksums aren't verified, as in
/// Pillow. The stream ends at a chunk that is cut off or empty.
/// </summary>
internal sealed class PngData(ReadOnlyMemory<byte> png, int at) : Stream
{
    private ReadOnlyMemory<byte> _rest;
    private int _at = at;

    /// <summary>True once a read has gone past the end.</summary>
    public bool HasEnded { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (_rest.IsEmpty && PngChunk.TryRead(png.Span, _at) is { } chunk && chunk.Is(png.Span, "IDAT"u8))
        {
            _rest = png.Slice(chunk.DataAt, chunk.Length);
            _at = chunk.End;
        }

        HasEnded |= _rest.IsEmpty;
        var count = Math.Min(buffer.Length, _rest.Length);
        _rest.Span[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
