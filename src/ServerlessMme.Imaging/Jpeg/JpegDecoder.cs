using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ServerlessMme.Imaging.Pixels;

namespace ServerlessMme.Imaging.Jpeg;

/// <summary>
/// Decodes plain JPEGs one row of units at a time. Needs AVX2. Loops over pixels, here and in the resize, are fully
/// optimized when they are first compiled. This costs a process 8 ms, and cuts the time of its first images by three
/// quarters.
/// </summary>
internal static class JpegDecoder
{
    /// <summary>
    /// Pushes every row from the top. Returns false if the data is damaged, possibly after some rows.
    /// </summary>
    public static bool TryDecode<TRows>(
        ReadOnlySpan<byte> bytes, JpegHeader header, JpegLayout layout, JpegTables tables, ref TRows rows)
        where TRows : IRows, allows ref struct
    {
        var memory = ArrayPool<byte>.Shared.Rent(JpegRows.Bytes(layout));
        var sums = ArrayPool<ushort>.Shared.Rent(layout.Stride);
        try
        {
            var values = new JpegRows(layout, memory, sums);
            return new Scan(bytes, header, layout, tables, values).TryDecode(ref rows);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(memory);
            ArrayPool<ushort>.Shared.Return(sums);
        }
    }

    /// <summary>Returns the memory for rows in all stages, in bytes.</summary>
    public static long Bytes(JpegLayout layout) => JpegRows.Bytes(layout) + (sizeof(ushort) * (long)layout.Stride);

    /// <summary>
    /// Decodes the compressed data, unit by unit. A block's first coefficient is stored as a difference.
    /// </summary>
    private ref struct Scan(
        ReadOnlySpan<byte> bytes, JpegHeader header, JpegLayout layout, JpegTables tables, JpegRows values)
    {
        private readonly JpegHeader _header = header;
        private readonly JpegLayout _layout = layout;
        private readonly Coding _luma = tables.Coding(header[0]);
        private readonly Coding _blue = tables.Coding(header[1]);
        private readonly Coding _red = tables.Coding(header[2]);
        private readonly JpegRows _values = values;
        private EntropyReader _reader = new(bytes, header.DataAt);
        private int _unitsUntilRestart = header.RestartInterval;
        private int _restarts;
        private short _lastLuma;
        private short _lastBlue;
        private short _lastRed;

        public bool TryDecode<TRows>(ref TRows rows)
            where TRows : IRows, allows ref struct
        {
            Span<short> block = stackalloc short[JpegLayout.BlockValues];
            block.Clear();
            for (var row = 0; row < _layout.UnitsDown; row++)
            {
                for (var column = 0; column < _layout.UnitsAcross; column++)
                {
                    if (!TryRestart() || !TryUnit(column, block))
                    {
                        return false;
                    }
                }

                if (_reader.IsPastEnd)
                {
                    return false;
                }

                _values.Push(row, ref rows);
            }

            return _reader.IsAtEnd();
        }

        private bool TryRestart()
        {
            if (_header.RestartInterval == 0 || _unitsUntilRestart-- > 0)
            {
                return true;
            }

            _unitsUntilRestart = _header.RestartInterval - 1;
            (_lastLuma, _lastBlue, _lastRed) = (0, 0, 0);
            return _reader.TryRestart(_restarts++);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private bool TryUnit(int column, scoped Span<short> block)
        {
            var (across, side) = (_layout.BlocksAcross, _layout.LumaSide);
            for (var y = 0; y < _layout.BlocksDown; y++)
            {
                for (var x = 0; x < across; x++)
                {
                    var target = _values.Block(0, (column * across) + x, y);
                    if (!TryBlock(_luma, ref _lastLuma, block, target, side))
                    {
                        return false;
                    }
                }
            }

            side = _layout.ChromaSide;
            return !_layout.HasChroma
                || (TryBlock(_blue, ref _lastBlue, block, _values.Block(1, column, 0), side)
                    && TryBlock(_red, ref _lastRed, block, _values.Block(2, column, 0), side));
        }

        private bool TryBlock(
            in Coding coding, scoped ref short last, scoped Span<short> block, Span<byte> target, int side)
        {
            var end = _reader.ReadBlock(coding.Dc, coding.Ac, block);
            if (end == 0)
            {
                return false;
            }

            block[0] = last += block[0];
            InverseDct.Run(block, end, coding.Quantizers, target, _values.Stride, side);
            if (end > 1)
            {
                Clear(block);
            }

            return true;
        }

        // Not needed if only the first coefficient was read, because that one is written each time.
        private static void Clear(scoped Span<short> block)
        {
            var vectors = MemoryMarshal.Cast<short, Vector256<short>>(block);
            for (var i = 0; i < vectors.Length; i++)
            {
                vectors[i] = Vector256<short>.Zero;
            }
        }
    }
}
