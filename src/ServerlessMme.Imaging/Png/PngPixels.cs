using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ServerlessMme.Imaging.Pixels;

namespace ServerlessMme.Imaging.Png;

/// <summary>
/// Turns a PNG's rows into pixels as Pillow's <c>convert("RGB")</c> does: alpha is dropped, 16-bit colors keep their
/// upper 8 bits, and 16-bit gray is clipped at 255. Rows have room for a vector past their end.
/// </summary>
internal readonly ref struct PngPixels
{
    /// <summary>Size of the table for pixels of up to 8 bits, in bytes.</summary>
    public const int TableBytes = TableLength * Rgbx.Bytes;

    /// <summary>Spare bytes after the end of a row of pixels.</summary>
    public const int Slack = 16;

    private const int TableLength = 256;

    private readonly PngLayout _layout;
    private readonly ReadOnlySpan<uint> _table;

    /// <param name="table">Memory of <see cref="TableBytes"/> bytes.</param>
    public PngPixels(ReadOnlySpan<byte> png, PngLayout layout, Span<uint> table)
    {
        _layout = layout;
        _table = table;
        if (layout.Header.Colors == 3)
        {
            FillFromPalette(layout.Palette.Data(png), table);
        }
        else if (layout.Bits < 8)
        {
            var white = (1u << layout.Bits) - 1;
            for (var i = 0u; i <= white; i++)
            {
                table[(int)i] = i * byte.MaxValue / white * 0x010101;
            }
        }
    }

    /// <summary>Returns the row's pixels, 4 bytes each. This is the row itself if it already has this form.</summary>
    /// <param name="pixels">Memory for the row's pixels, and <see cref="Slack"/> bytes.</param>
    public ReadOnlySpan<byte> Convert(ReadOnlySpan<byte> row, Span<byte> pixels)
    {
        var width = _layout.Header.Width;
        switch (_layout.Header.Colors, _layout.Header.Depth)
        {
            case (6, 8):
                return row[..(width * Rgbx.Bytes)];
            case (0, 16):
                CutOff(row, MemoryMarshal.Cast<byte, uint>(pixels)[..width]);
                break;
            case (3, 8):
                Look(row, MemoryMarshal.Cast<byte, uint>(pixels)[..width]);
                break;
            case (_, < 8):
                LookUpBits(row, MemoryMarshal.Cast<byte, uint>(pixels)[..width]);
                break;
            case (2, 8):
                Pick(row, pixels, 3, step: 1);
                break;
            case (2, _):
                Pick(row, pixels, 6, step: 2);
                break;
            case (6, _):
                Pick(row, pixels, 8, step: 2);
                break;
            default:
                // Gray, with or without alpha.
                Pick(row, pixels, _layout.Stride, step: 0);
                break;
        }

        return pixels[..(width * Rgbx.Bytes)];
    }

    // An index past the palette gets the palette's last color, as in Skia.
    private static void FillFromPalette(ReadOnlySpan<byte> palette, Span<uint> table)
    {
        for (var i = 0; i < TableLength; i++)
        {
            var color = palette[(Math.Min(i, (palette.Length / 3) - 1) * 3)..];
            table[i] = (uint)(color[0] | (color[1] << 8) | (color[2] << 16));
        }
    }

    private void Look(ReadOnlySpan<byte> row, Span<uint> pixels)
    {
        ref var table = ref MemoryMarshal.GetReference(_table[..TableLength]);
        row = row[..pixels.Length];
        for (var x = 0; x < pixels.Length; x++)
        {
            pixels[x] = Unsafe.Add(ref table, row[x]);
        }
    }

    private void LookUpBits(ReadOnlySpan<byte> row, Span<uint> pixels)
    {
        var bits = _layout.Bits;
        var mask = (1 << bits) - 1;
        for (var x = 0; x < pixels.Length; x++)
        {
            var at = x * bits;
            pixels[x] = _table[(row[at >> 3] >> (8 - bits - (at & 7))) & mask];
        }
    }

    private static void CutOff(ReadOnlySpan<byte> row, Span<uint> pixels)
    {
        for (var x = 0; x < pixels.Length; x++)
        {
            var gray = row[2 * x] != 0 ? byte.MaxValue : row[(2 * x) + 1];
            pixels[x] = gray * 0x010101u;
        }
    }

    // Each step converts as many pixels as fit into a vector both before and after conversion. The next step overwrites
    // the excess bytes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pick(ReadOnlySpan<byte> row, Span<byte> pixels, int stride, int step)
    {
        const byte None = 0xFF;
        var count = Math.Min(Vector128<byte>.Count / stride, Vector128<byte>.Count / Rgbx.Bytes);
        Span<byte> order = stackalloc byte[Vector128<byte>.Count];
        order.Fill(None);
        for (var i = 0; i < count; i++)
        {
            for (var channel = 0; channel < 3; channel++)
            {
                order[(i * Rgbx.Bytes) + channel] = (byte)((i * stride) + (channel * step));
            }
        }

        var places = Vector128.Create<byte>(order);
        var end = _layout.Header.Width;
        for (var x = 0; x < end; x += count)
        {
            Vector128.ShuffleNative(Vector128.Create(row[(x * stride)..]), places).CopyTo(pixels[(x * Rgbx.Bytes)..]);
        }
    }
}
