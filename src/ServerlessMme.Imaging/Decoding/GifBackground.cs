namespace ServerlessMme.Imaging.Decoding;

/// <summary>
/// Finds the color that Pillow shows where the first frame of a GIF has no pixel or a transparent pixel.
/// </summary>
internal static class GifBackground
{
    private const int ScreenFlagsAt = 10;
    private const int BlocksAt = 13;
    private const byte Extension = 0x21;
    private const byte GraphicControl = 0xF9;
    private const byte Frame = 0x2C;
    private const int FrameLength = 10;
    private const int HasPalette = 0x80;

    /// <summary>
    /// Returns the palette's color at the transparent index, or the palette's first color if there is no such index.
    /// Returns null if the file is too damaged.
    /// </summary>
    public static TransparentColor? Find(ReadOnlySpan<byte> gif)
    {
        if (gif.Length <= BlocksAt)
        {
            return null;
        }

        var palette = BlocksAt;
        var at = BlocksAt + PaletteLength(gif[ScreenFlagsAt]);
        var hasPalette = at > palette;
        var transparent = 0;
        while (at + FrameLength < gif.Length && gif[at] == Extension)
        {
            if (gif[at + 1] == GraphicControl)
            {
                transparent = (gif[at + 3] & 1) != 0 ? gif[at + 6] : transparent;
            }

            at = AfterSubBlocks(gif, at + 2);
        }

        if (at + FrameLength >= gif.Length || gif[at] != Frame)
        {
            return null;
        }

        if (PaletteLength(gif[at + FrameLength - 1]) > 0)
        {
            (palette, hasPalette) = (at + FrameLength, true);
        }

        if (!hasPalette)
        {
            return new TransparentColor((byte)transparent, (byte)transparent, (byte)transparent);
        }

        var color = palette + (transparent * 3);
        return color + 3 > gif.Length ? null : new TransparentColor(gif[color], gif[color + 1], gif[color + 2]);
    }

    private static int PaletteLength(byte flags) => (flags & HasPalette) != 0 ? 3 << ((flags & 7) + 1) : 0;

    private static int AfterSubBlocks(ReadOnlySpan<byte> gif, int at)
    {
        while (at < gif.Length && gif[at] != 0)
        {
            at += 1 + gif[at];
        }

        return at + 1;
    }
}
