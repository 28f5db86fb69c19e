using System.Buffers;

namespace ServerlessMme.Imaging.Decoding;

/// <summary>
/// Reads GIFs without a global palette as Pillow does: a pixel's index is its gray value. Skia makes these pixels
/// black.
/// </summary>
internal static class GrayGif
{
    private const int ScreenFlagsAt = 10;
    private const int BlocksAt = 13;
    private const int HasPaletteOf256 = 0x87;
    private const int PaletteBytes = 256 * 3;

    /// <summary>Returns true if the GIF has no global palette. Its frames may still have their own.</summary>
    public static bool Is(ReadOnlySpan<byte> gif) => gif.Length > BlocksAt && (gif[ScreenFlagsAt] & 0x80) == 0;

    /// <summary>Returns a copy, rented from the shared pool, with a palette of grays.</summary>
    /// <param name="length">Length of the copy, in bytes.</param>
    public static byte[] RentWithPalette(ReadOnlySpan<byte> gif, out int length)
    {
        length = gif.Length + PaletteBytes;
        var copy = ArrayPool<byte>.Shared.Rent(length);
        gif[..BlocksAt].CopyTo(copy);
        copy[ScreenFlagsAt] |= HasPaletteOf256;
        for (var i = 0; i < PaletteBytes; i++)
        {
            copy[BlocksAt + i] = (byte)(i / 3);
        }

        gif[BlocksAt..].CopyTo(copy.AsSpan(BlocksAt + PaletteBytes));
        return copy;
    }
}
