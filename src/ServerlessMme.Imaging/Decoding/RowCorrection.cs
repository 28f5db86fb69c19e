using System.Runtime.InteropServices;

namespace ServerlessMme.Imaging.Decoding;

/// <summary>A correction that makes decoded rows equal to Pillow's.</summary>
internal abstract class RowCorrection
{
    /// <summary>Changes one row in place. Pixels have 4 bytes, with alpha last.</summary>
    public abstract void Apply(Span<byte> row);
}

/// <summary>
/// Gives fully transparent pixels a color. Skia leaves them black, but Pillow's <c>convert("RGB")</c> shows the
/// palette's color.
/// </summary>
internal sealed class TransparentColor(byte red, byte green, byte blue) : RowCorrection
{
    private readonly uint _pixel = (uint)(red | (green << 8) | (blue << 16));

    public override void Apply(Span<byte> row)
    {
        foreach (ref var pixel in MemoryMarshal.Cast<byte, uint>(row))
        {
            if (pixel >> 24 == 0)
            {
                pixel = _pixel;
            }
        }
    }
}

/// <summary>
/// Recombines 16-bit gray values that were decoded as a gray byte and an alpha byte, and clips them at 255, as Pillow
/// does when it converts 16-bit gray.
/// </summary>
internal sealed class DeepGray : RowCorrection
{
    public override void Apply(Span<byte> row)
    {
        foreach (ref var pixel in MemoryMarshal.Cast<byte, uint>(row))
        {
            var gray = (byte)pixel != 0 ? 255 : pixel >> 24;
            pixel = gray * 0x010101;
        }
    }
}

/// <summary>
/// Scales colors of 5 and 6 bits to 0 to 255. It rounds down, as Pillow does; Skia rounds to the nearest value.
/// </summary>
internal sealed class FewBits(int greenBits) : RowCorrection
{
    public override void Apply(Span<byte> row)
    {
        for (var x = 0; x + 3 < row.Length; x += 4)
        {
            row[x] = Spread(row[x], 5);
            row[x + 1] = Spread(row[x + 1], greenBits);
            row[x + 2] = Spread(row[x + 2], 5);
        }
    }

    private static byte Spread(byte value, int bits)
    {
        var most = (1 << bits) - 1;
        return (byte)((value >> (8 - bits)) * 255 / most);
    }
}
