using System.Buffers;
using ServerlessMme.Imaging.Resampling;

namespace ServerlessMme.Imaging.Jpeg;

/// <summary>Decodes plain JPEGs a row of blocks at a time. Needs AVX2.</summary>
internal static class JpegDecoder
{
    private const int BlockSide = 8;

    /// <summary>Hands over every row from the top; false, after some rows or none, when the data is damaged.</summary>
    public static bool TryDecode(
        ReadOnlySpan<byte> bytes, JpegHeader header, JpegTables tables, ref RowResampler rows)
    {
        var (byteCount, sumCount) = JpegRows.Needed(header);
        var rented = ArrayPool<byte>.Shared.Rent(byteCount);
        var sums = ArrayPool<ushort>.Shared.Rent(sumCount);
        try
        {
            return TryDecode(bytes, header, tables, new JpegRows(header, rented, sums), ref rows);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
            ArrayPool<ushort>.Shared.Return(sums);
        }
    }

    private static bool TryDecode(
        ReadOnlySpan<byte> bytes, JpegHeader header, JpegTables tables, JpegRows values, ref RowResampler rows)
    {
        var (across, down) = header.Channels == 1 ? (1, 1) : (header[0].Across, header[0].Down);
        var columns = Units(header.Width, across * BlockSide);
        var lines = Units(header.Height, down * BlockSide);
        var reader = new EntropyReader(bytes, header.DataAt);
        Span<short> last = stackalloc short[3];
        Span<short> block = stackalloc short[BlockSide * BlockSide];
        var (untilRestart, restarts) = (header.RestartInterval, 0);
        for (var line = 0; line < lines; line++)
        {
            for (var column = 0; column < columns; column++)
            {
                if (header.RestartInterval > 0 && untilRestart-- == 0)
                {
                    if (!reader.TryRestart(restarts++))
                        return false;
                    untilRestart = header.RestartInterval - 1;
                    last.Clear();
                }

                for (var channel = 0; channel < header.Channels; channel++)
                {
                    var component = header[channel];
                    var (dc, ac) = (tables.Dc(component), tables.Ac(component));
                    var quantiser = tables.Quantiser(component);
                    var (blocksAcross, blocksDown) = channel == 0 ? (across, down) : (1, 1);
                    for (var i = 0; i < blocksAcross * blocksDown; i++)
                    {
                        block.Clear();
                        var end = reader.ReadBlock(dc, ac, block);
                        if (end == 0)
                            return false;
                        block[0] = last[channel] += block[0];
                        var target = values.Block(
                            channel, (column * blocksAcross) + (i % blocksAcross), i / blocksAcross);
                        if (end == 1)
                            InverseDct.Fill(block[0], quantiser[0], target, values.Step);
                        else
                            InverseDct.Run(block, quantiser, target, values.Step);
                    }
                }
            }

            values.Push(line, ref rows);
        }

        return reader.IsAtEnd();
    }

    private static int Units(int pixels, int side) => (pixels + side - 1) / side;
}
