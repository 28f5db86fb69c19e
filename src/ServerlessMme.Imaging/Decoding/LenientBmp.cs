using System.Buffers;
using System.Buffers.Binary;

namespace ServerlessMme.Imaging.Decoding;

/// <summary>
/// Moves the pixels of a BMP to where Skia expects them: behind a palette of full length, and with the bytes that fill
/// up the last row. Pillow takes a palette that runs into the pixels, an offset that leaves the palette out, and a
/// last row that ends with its last pixel.
/// </summary>
internal static class LenientBmp
{
    /// <summary>A copy, rented from the shared pool; null if the file has none of these peculiarities.</summary>
    /// <param name="length">Bytes of the copy.</param>
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
