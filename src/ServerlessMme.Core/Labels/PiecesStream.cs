namespace ServerlessMme.Core.Labels;

/// <summary>Reads pieces of memory as one stream, without copying them. Not thread-safe.</summary>
public sealed class PiecesStream : Stream
{
    private readonly IReadOnlyList<ReadOnlyMemory<byte>> _pieces;
    private int _piece;
    private int _offset;
    private long _position;

    public PiecesStream(IReadOnlyList<ReadOnlyMemory<byte>> pieces)
    {
        _pieces = pieces;
        Length = pieces.Sum(piece => (long)piece.Length);
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length { get; }

    public override long Position
    {
        get => _position;
        set => Seek(value, SeekOrigin.Begin);
    }

    public override int Read(Span<byte> buffer)
    {
        var read = 0;
        while (read < buffer.Length && _piece < _pieces.Count)
        {
            var rest = _pieces[_piece].Span[_offset..];
            var count = Math.Min(rest.Length, buffer.Length - read);
            rest[..count].CopyTo(buffer[read..]);
            read += count;
            _offset += count;
            if (_offset == _pieces[_piece].Length)
            {
                _piece++;
                _offset = 0;
            }
        }

        _position += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<int>(cancellationToken)
            : new ValueTask<int>(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin)
    {
        var target = offset + origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => _position,
            _ => Length,
        };
        if (target < 0 || target > Length)
        {
            throw new IOException($"Position {target} is outside the stream, which has {Length} bytes.");
        }

        // The storage client only rewinds, for a retry, so a scan from the beginning is fast enough.
        (_piece, _position) = (0, target);
        while (_piece < _pieces.Count && target >= _pieces[_piece].Length)
        {
            target -= _pieces[_piece].Length;
            _piece++;
        }

        _offset = (int)target;
        return _position;
    }

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
