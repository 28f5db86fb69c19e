using System.Buffers;
using System.IO.Compression;
using System.Runtime.InteropServices;
using ServerlessMme.Imaging.Pixels;

namespace ServerlessMme.Imaging.Png;

/// <summary>Decodes plain PNGs a few rows at a time.</summary>
internal static class PngDecoder
{
    /// <summary>Memory of the inflater, in bytes: its window, its tables, and its input buffer.</summary>
    public const int InflaterBytes = 96 * 1024;

    // Bytes to inflate at a time, unless a row is longer. They fit into the processor's cache.
    private const int InflatedBytes = 32 * 1024;

    /// <summary>
    /// Pushes every row from the top. Returns false if the data is damaged, possibly after some rows.
    /// </summary>
    public static bool TryDecode<TRows>(ReadOnlyMemory<byte> png, PngLayout layout, ref TRows rows)
        where TRows : IRows, allows ref struct
    {
        var memory = ArrayPool<byte>.Shared.Rent(Bytes(layout));
        try
        {
            using var file = new PngData(png, layout.DataAt);
            using var data = new ZLibStream(file, CompressionMode.Decompress);
            var rest = memory.AsSpan();
            var table = MemoryMarshal.Cast<byte, uint>(Take(ref rest, PngPixels.TableBytes));
            return TryDecode(data, layout, rest, new PngPixels(png.Span, layout, table), ref rows) && IsAtEnd(data)
                && !file.HasEnded;
        }
        catch (InvalidDataException)
        {
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(memory);
        }
    }

    /// <summary>Returns the memory for rows in all stages, in bytes.</summary>
    public static int Bytes(PngLayout layout) =>
        PngPixels.TableBytes + (InflatedRows(layout) * (1 + layout.RowBytes)) + PngFilters.Slack
        + (2 * (layout.RowBytes + PngFilters.Slack))
        + (layout.Header.Width * Rgbx.Bytes) + PngPixels.Slack;

    private static int InflatedRows(PngLayout layout) =>
        Math.Clamp(InflatedBytes / (1 + layout.RowBytes), 1, layout.Header.Height);

    private static bool TryDecode<TRows>(
        ZLibStream data, PngLayout layout, Span<byte> memory, PngPixels pixels, ref TRows rows)
        where TRows : IRows, allows ref struct
    {
        var length = layout.RowBytes;
        var count = InflatedRows(layout);
        var raw = Take(ref memory, (count * (1 + length)) + PngFilters.Slack);
        var above = Take(ref memory, length + PngFilters.Slack);
        var row = Take(ref memory, length + PngFilters.Slack);
        above.Clear();
        for (var y = 0; y < layout.Header.Height; y += count)
        {
            count = Math.Min(count, layout.Header.Height - y);
            var wanted = count * (1 + length);
            if (data.ReadAtLeast(raw[..wanted], wanted, throwOnEndOfStream: false) < wanted)
            {
                return false;
            }

            for (var i = 0; i < count; i++)
            {
                var line = raw[(i * (1 + length))..];
                if (!PngFilters.TryUndo(line[0], line[1..], above, row, length, layout.Stride))
                {
                    return false;
                }

                rows.Push(pixels.Convert(row, memory));
                var free = above;
                above = row;
                row = free;
            }
        }

        return true;
    }

    // The additional read makes .NET verify the checksum of all data. .NET accepts data without a checksum.
    private static bool IsAtEnd(ZLibStream data)
    {
        Span<byte> more = stackalloc byte[1];
        return data.Read(more) == 0;
    }

    private static Span<byte> Take(scoped ref Span<byte> memory, int count)
    {
        var taken = memory[..count];
        memory = memory[count..];
        return taken;
    }
}
