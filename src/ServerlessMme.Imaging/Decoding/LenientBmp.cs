using System.Buffers;
using System.Buffers.Binary;

namespace ServerlessMme.Imaging.Decoding;

/// <summary>
/// Moves the pixels of a BMP to where Skia expects them: after a complete palette, and with padding after the last row.
/// Pillow also accepts a palette that overlaps the pixels, an offset that ignores the palette, and a last row without
/// padding.
/// </summary>
internal static class LenientBmp
{
    /// <summary>
    /// Returns a copy, rented from the shared pool, or null if the file has none of these peculiarities.
    /// </summary>
    /// <param name="length">Length of the copy, in bytes.</param>
    public static byte[]? TryRent(ReadOnlySpan<byte> bmp, out int length)
    {
        length = 0;
        if (BmpHeader.Find(bmp) is not { } header || header.PixelsAt > bmp.Length)
        {
            return null;
        }

        var pixels = bmp[(int)header.PixelsAt..];
        var missing = header.IsPlain ? header.PixelBytes - pixels.Length : 0;
        if (missing > header.FillBytes || header.HeadBytes > bmp.Length
            || (missing <= 0 && header.HeadBytes == header.StoredOffset))
        {
            return null;
        }

        var fill = (int)Math.Max(missing, 0);
        length = header.HeadBytes + pixels.Length + fill;
        var copy = ArrayPool<byte>.Shared.Rent(length);
        bmp[..header.HeadBytes].CopyTo(copy);
        BinaryPrimitives.WriteInt32LittleEndian(copy.AsSpan(BmpHeader.OffsetAt), header.HeadBytes);
        pixels.CopyTo(copy.AsSpan(header.HeadBytes));
        copy.AsSpan(length - fill, fill).Clear();
        return copy;
    }
}
