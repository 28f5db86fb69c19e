using ServerlessMme.Imaging.Pixels;

namespace ServerlessMme.Imaging.Jpeg;

/// <summary>
/// The decoded values of one row of units, before they become pixels. Half-height chroma is interpolated from two rows,
/// so the last row is kept until the next units arrive. Uses memory that the caller provides.
/// </summary>
internal readonly ref struct JpegRows
{
    // Rows kept from the units above.
    private const int Kept = 1;

    private readonly JpegLayout _layout;
    private readonly int _stride;
    private readonly Span<byte> _luma;
    private readonly Span<byte> _blues;
    private readonly Span<byte> _reds;
    private readonly Span<byte> _wideBlues;
    private readonly Span<byte> _wideReds;
    private readonly Span<byte> _pixels;
    private readonly Span<ushort> _sums;

    public JpegRows(JpegLayout layout, Span<byte> bytes, Span<ushort> sums)
    {
        _layout = layout;
        _stride = layout.Stride;
        _luma = Take(ref bytes, LumaRows(layout) * _stride);
        _pixels = Take(ref bytes, Rgbx.Bytes * _stride);
        if (!layout.HasChroma)
        {
            return;
        }

        _blues = Take(ref bytes, ChromaRows(layout) * _stride);
        _reds = Take(ref bytes, ChromaRows(layout) * _stride);
        _wideBlues = Take(ref bytes, _stride);
        _wideReds = Take(ref bytes, _stride);
        _sums = sums;
    }

    /// <summary>Distance between two rows of values.</summary>
    public int Stride => _stride;

    /// <summary>Returns the memory that the caller must provide, in bytes.</summary>
    public static int Bytes(JpegLayout layout) =>
        (LumaRows(layout) + Rgbx.Bytes + (layout.HasChroma ? 2 * (ChromaRows(layout) + 1) : 0)) * layout.Stride;

    /// <summary>Returns the place of a block in the current row of units.</summary>
    /// <param name="channel">0 for luma, then blue and red chroma.</param>
    public Span<byte> Block(int channel, int column, int row)
    {
        var plane = channel switch { 0 => _luma, 1 => _blues, _ => _reds };
        var side = channel == 0 ? _layout.LumaSide : _layout.ChromaSide;
        return plane[(((Kept + (row * side)) * _stride) + (column * side))..];
    }

    /// <summary>Pushes the rows that are complete after the current row of units.</summary>
    /// <param name="index">Number of rows of units above this one.</param>
    public void Push<TRows>(int index, ref TRows rows)
        where TRows : IRows, allows ref struct
    {
        var first = index * _layout.UnitRows;
        // With half-height chroma, the last row needs values of the next units.
        var behind = _layout.PixelsDown - 1;
        var end = Math.Min(first + _layout.UnitRows - behind, _layout.Height);
        if (index == _layout.UnitsDown - 1)
        {
            end = _layout.Height;
        }

        for (var y = Math.Max(0, first - behind); y < end; y++)
        {
            ToPixels(y, first);
            rows.Push(_pixels[..(_layout.Width * Rgbx.Bytes)]);
        }

        if (behind > 0)
        {
            Keep(_luma, _layout.UnitRows);
            Keep(_blues, _layout.ChromaSide);
            Keep(_reds, _layout.ChromaSide);
        }
    }

    private static int LumaRows(JpegLayout layout) => Kept + layout.UnitRows;

    private static int ChromaRows(JpegLayout layout) => Kept + layout.ChromaSide;

    private static Span<byte> Take(scoped ref Span<byte> bytes, int count)
    {
        var taken = bytes[..count];
        bytes = bytes[count..];
        return taken;
    }

    private void ToPixels(int y, int first)
    {
        var luma = Row(_luma, y - first);
        if (!_layout.HasChroma)
        {
            ColorRows.ToPixels(luma, _layout.Width, _pixels);
            return;
        }

        if (_layout.PixelsAcross == 1)
        {
            ColorRows.ToPixels(luma, Row(_blues, y - first), Row(_reds, y - first), _layout.Width, _pixels);
            return;
        }

        Widen(_blues, y, first, _wideBlues);
        Widen(_reds, y, first, _wideReds);
        ColorRows.ToPixels(luma, _wideBlues, _wideReds, _layout.Width, _pixels);
    }

    private void Widen(Span<byte> chroma, int y, int first, Span<byte> target)
    {
        var width = _layout.ChromaWidth;
        var near = Row(chroma, (y / _layout.PixelsDown) - (first / _layout.PixelsDown));
        if (_layout.LumaSide == 1 || width <= 2)
        {
            // As in libjpeg, which doesn't filter here.
            ColorRows.Repeat(near, width, target);
        }
        else if (_layout.PixelsDown == 1)
        {
            ColorRows.Copy(near, width, _sums);
            ColorRows.Across(_sums, width, shift: 2, target);
        }
        else
        {
            var far = Math.Clamp((y & 1) == 0 ? (y / 2) - 1 : (y / 2) + 1, 0, _layout.ChromaHeight - 1);
            ColorRows.Sum(near, Row(chroma, far - (first / 2)), width, _sums);
            ColorRows.Across(_sums, width, shift: 4, target);
        }
    }

    private Span<byte> Row(Span<byte> plane, int row) => plane[((Kept + row) * _stride)..];

    private void Keep(Span<byte> plane, int rows) =>
        plane.Slice(rows * _stride, _stride).CopyTo(plane);
}
