using ServerlessMme.Imaging.Resampling;

namespace ServerlessMme.Imaging.Jpeg;

/// <summary>
/// The decoded values of a row of blocks, of which pixels are made. Chroma of half the height is made of two rows of
/// values, so that the last rows stay until the next blocks are there. Lives in memory that it is given.
/// </summary>
internal readonly ref struct JpegRows
{
    private const int BlockSide = 8;

    // Rows that stay from the blocks above.
    private const int Kept = 1;

    private readonly int _width;
    private readonly int _height;
    private readonly int _across;
    private readonly int _down;
    private readonly bool _isGrey;
    private readonly int _stride;
    private readonly Span<byte> _luma;
    private readonly Span<byte> _blues;
    private readonly Span<byte> _reds;
    private readonly Span<byte> _wideBlues;
    private readonly Span<byte> _wideReds;
    private readonly Span<byte> _pixels;
    private readonly Span<ushort> _sums;

    public JpegRows(JpegHeader header, Span<byte> bytes, Span<ushort> sums)
    {
        (_width, _height) = (header.Width, header.Height);
        _isGrey = header.Channels == 1;
        (_across, _down) = _isGrey ? (1, 1) : (header[0].Across, header[0].Down);
        _stride = Stride(header);
        _luma = Take(ref bytes, (Kept + (_down * BlockSide)) * _stride);
        _pixels = Take(ref bytes, _stride * Rgbx.Bytes);
        if (_isGrey)
            return;
        _blues = Take(ref bytes, (Kept + BlockSide) * _stride);
        _reds = Take(ref bytes, (Kept + BlockSide) * _stride);
        _wideBlues = Take(ref bytes, _stride);
        _wideReds = Take(ref bytes, _stride);
        _sums = sums;
    }

    /// <summary>From one row of values to the next.</summary>
    public int Step => _stride;

    /// <summary>Bytes and sums that are needed.</summary>
    public static (int Bytes, int Sums) Needed(JpegHeader header)
    {
        var stride = Stride(header);
        return header.Channels == 1
            ? ((Kept + BlockSide + Rgbx.Bytes) * stride, 0)
            : ((Kept + (2 * BlockSide) + Rgbx.Bytes + (2 * (Kept + BlockSide)) + 2) * stride, stride);
    }

    /// <summary>Where a block of the present row of blocks goes.</summary>
    public Span<byte> Block(int channel, int column, int row)
    {
        var plane = channel switch { 0 => _luma, 1 => _blues, _ => _reds };
        return plane[(((Kept + (row * BlockSide)) * _stride) + (column * BlockSide))..];
    }

    /// <summary>Hands over the rows that can be made when a row of blocks is there.</summary>
    /// <param name="index">Rows of blocks above this one.</param>
    public void Push(int index, ref RowResampler rows)
    {
        var side = _down * BlockSide;
        var first = index * side;
        // Of chroma at half the height the last row takes values of the next blocks.
        var behind = _down == 2 ? 1 : 0;
        var end = first + side >= _height ? _height : first + side - behind;
        for (var y = Math.Max(0, first - behind); y < end; y++)
        {
            ToPixels(y, first);
            rows.Push(_pixels[..(_width * Rgbx.Bytes)]);
        }

        if (_down == 2)
        {
            Keep(_luma, side);
            Keep(_blues, BlockSide);
            Keep(_reds, BlockSide);
        }
    }

    private static int Stride(JpegHeader header) => ((header.Width + 15) & ~15) + ColourRows.Slack;

    private static Span<byte> Take(scoped ref Span<byte> bytes, int count)
    {
        var taken = bytes[..count];
        bytes = bytes[count..];
        return taken;
    }

    private void ToPixels(int y, int first)
    {
        var luma = Row(_luma, y - first);
        if (_isGrey)
        {
            ColourRows.ToPixels(luma, _width, _pixels);
            return;
        }

        if (_across == 1)
        {
            ColourRows.ToPixels(luma, Row(_blues, y - first), Row(_reds, y - first), _width, _pixels);
            return;
        }

        Widen(_blues, y, first, _wideBlues);
        Widen(_reds, y, first, _wideReds);
        ColourRows.ToPixels(luma, _wideBlues, _wideReds, _width, _pixels);
    }

    private void Widen(Span<byte> chroma, int y, int first, Span<byte> target)
    {
        var width = (_width + 1) / 2;
        var near = Row(chroma, (y / _down) - (first / _down));
        if (_down == 1)
        {
            ColourRows.Copy(near, width, _sums);
            ColourRows.Across(_sums, width, shift: 2, target);
            return;
        }

        var far = Math.Clamp((y & 1) == 0 ? (y / 2) - 1 : (y / 2) + 1, 0, ((_height + 1) / 2) - 1);
        ColourRows.Down(near, Row(chroma, far - (first / 2)), width, _sums);
        ColourRows.Across(_sums, width, shift: 4, target);
    }

    private Span<byte> Row(Span<byte> plane, int row) => plane[((Kept + row) * _stride)..];

    private void Keep(Span<byte> plane, int rows) =>
        plane.Slice(rows * _stride, _stride).CopyTo(plane);
}
