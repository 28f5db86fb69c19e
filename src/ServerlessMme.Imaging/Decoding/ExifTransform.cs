using System.Buffers;
using System.Runtime.InteropServices;
using ServerlessMme.Imaging.Pixels;
using ServerlessMme.Imaging.Resampling;

namespace ServerlessMme.Imaging.Decoding;

/// <summary>How stored pixels are turned upright, as Pillow's <c>ImageOps.exif_transpose</c> does.</summary>
/// <param name="Transposed">Rows become columns.</param>
/// <param name="FromBottom">Stored rows are taken from the last one.</param>
/// <param name="FromRight">Stored columns are taken from the last one.</param>
internal readonly record struct ExifTransform(bool Transposed, bool FromBottom, bool FromRight)
{
    // Pixels per cache line.
    private const int Block = 16;

    /// <summary>True when rows stay as they are stored.</summary>
    public bool IsNone => this == default;

    /// <param name="orientation">1 to 8, as in EXIF data; anything else turns nothing.</param>
    public static ExifTransform Of(int orientation) => orientation switch
    {
        2 => new(false, false, true),
        3 => new(false, true, true),
        4 => new(false, true, false),
        5 => new(true, false, false),
        6 => new(true, true, false),
        7 => new(true, true, true),
        8 => new(true, false, true),
        _ => default,
    };

    /// <summary>Pushes the rows of a decoded image as they appear upright.</summary>
    /// <param name="width">Stored pixels a row.</param>
    /// <param name="height">Stored rows.</param>
    public void Push(PixelBuffer stored, int width, int height, ref RowResampler rows)
    {
        var (seenWidth, seenHeight) = Transposed ? (height, width) : (width, height);
        var block = ArrayPool<byte>.Shared.Rent(seenWidth * Rgbx.Bytes * (Transposed ? Block : 1));
        try
        {
            var pixels = MemoryMarshal.Cast<byte, uint>(block.AsSpan());
            for (var y = 0; y < seenHeight; y += Transposed ? Block : 1)
            {
                var count = Transposed ? Math.Min(Block, seenHeight - y) : 1;
                if (Transposed)
                {
                    Columns(stored, width, height, y, count, pixels);
                }
                else
                {
                    Row(stored, width, FromBottom ? height - 1 - y : y, pixels[..width]);
                }

                for (var i = 0; i < count; i++)
                {
                    rows.Push(MemoryMarshal.AsBytes(pixels.Slice(i * seenWidth, seenWidth)));
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    private void Row(PixelBuffer stored, int width, int y, Span<uint> pixels)
    {
        StoredRow(stored, width, y).CopyTo(pixels);
        if (FromRight)
        {
            pixels.Reverse();
        }
    }

    // Several columns at once, so each stored row is fetched once for all of them.
    private void Columns(PixelBuffer stored, int width, int height, int first, int count, Span<uint> pixels)
    {
        for (var x = 0; x < height; x++)
        {
            var row = StoredRow(stored, width, FromBottom ? height - 1 - x : x);
            for (var i = 0; i < count; i++)
            {
                pixels[(i * height) + x] = row[FromRight ? width - 1 - first - i : first + i];
            }
        }
    }

    private static ReadOnlySpan<uint> StoredRow(PixelBuffer stored, int width, int y) =>
        MemoryMarshal.Cast<byte, uint>(stored.Slice((long)y * width * Rgbx.Bytes, width * Rgbx.Bytes));
}
