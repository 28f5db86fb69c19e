namespace ServerlessMme.Core.Archives.Reading;

/// <summary>
/// Passes the blocks of a tar file to the framework's reader. Counts them and checks the headers, because that reader
/// allocates as many bytes as a header declares. Not thread-safe.
/// </summary>
internal sealed class TarBlocks(Stream source, Action<int> count) : ForwardStream
{
    /// <summary>Size of a block, in bytes.</summary>
    public const int BlockLength = 512;

    private const int MaxMetadataBytes = 1 << 20;
    private const int SizeAt = 124;
    private const int SizeLength = 12;
    private const int TypeAt = 156;
    private bool _isData;

    /// <summary>True if the last header was a block of zeros, as at the end of every tar file.</summary>
    public bool EndsWithZeros { get; private set; }

    /// <summary>Treats blocks as an entry's content, not as headers, until the returned object is disposed.</summary>
    public IDisposable BeginData()
    {
        _isData = true;
        return new DataScope(this);
    }

    /// <summary>Reads to the end.</summary>
    public void Drain()
    {
        _isData = true;
        var buffer = new byte[16 * 1024];
        while (Read(buffer) > 0)
        {
        }
    }

    public override int Read(Span<byte> buffer)
    {
        var isHeader = !_isData && buffer.Length == BlockLength;
        var read = isHeader ? source.ReadAtLeast(buffer, BlockLength, throwOnEndOfStream: false) : source.Read(buffer);
        count(read);
        if (isHeader && read > 0)
        {
            CheckHeader(buffer[..read]);
        }

        return read;
    }

    protected override void Dispose(bool disposing)
    {
        source.Dispose();
        base.Dispose(disposing);
    }

    private void CheckHeader(ReadOnlySpan<byte> header)
    {
        EndsWithZeros = header.Length == BlockLength && header.IndexOfAnyExcept((byte)0) < 0;
        if (header.Length < BlockLength || header[TypeAt] is not ((byte)'x' or (byte)'g' or (byte)'L' or (byte)'K'))
        {
            return;
        }

        if (SizeOf(header.Slice(SizeAt, SizeLength)) > MaxMetadataBytes)
        {
            throw new InvalidDataException($"A header declares more than {MaxMetadataBytes} bytes of attributes");
        }
    }

    // Octal digits. The highest bit marks base 256, which only sizes far beyond the limit need.
    private static long SizeOf(ReadOnlySpan<byte> field)
    {
        if (field[0] >= 0x80)
        {
            return long.MaxValue;
        }

        var size = 0L;
        foreach (var digit in field)
        {
            if (digit is >= (byte)'0' and <= (byte)'7')
            {
                size = (size * 8) + digit - '0';
            }
        }

        return size;
    }

    private sealed class DataScope(TarBlocks blocks) : IDisposable
    {
        public void Dispose() => blocks._isData = false;
    }
}
