using ServerlessMme.Imaging.Pixels;

namespace ServerlessMme.Imaging.Tests.Support;

/// <summary>Images that say how they are to be turned, and their pixels turned one by one.</summary>
internal static class Turned
{
    /// <summary>A JPEG with EXIF data behind its first marker.</summary>
    public static byte[] Jpeg(byte[] jpeg, byte orientation)
    {
        byte[] exif = [.. "Exif\0\0"u8, .. Tiff(orientation)];
        return [.. jpeg[..2], 0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif, .. jpeg[2..]];
    }

    /// <summary>A PNG with EXIF data behind its first chunk.</summary>
    public static byte[] Png(byte[] png, byte orientation) =>
        [.. png[..33], .. PngWriter.Chunk("eXIf"u8, Tiff(orientation)), .. png[33..]];

    /// <summary>The pixels as a bitmap that needs no turning.</summary>
    /// <param name="rgb">3 bytes per pixel, as they are stored.</param>
    public static byte[] Bmp(byte[] rgb, int width, int height, byte orientation)
    {
        var turn = ExifTransform.Of(orientation);
        var (seenWidth, seenHeight) = turn.Transposed ? (height, width) : (width, height);
        var seen = new byte[rgb.Length];
        for (var y = 0; y < seenHeight; y++)
        {
            for (var x = 0; x < seenWidth; x++)
            {
                var (column, row) = turn.Transposed ? (y, x) : (x, y);
                column = turn.FromRight ? width - 1 - column : column;
                row = turn.FromBottom ? height - 1 - row : row;
                rgb.AsSpan(((row * width) + column) * 3, 3).CopyTo(seen.AsSpan(((y * seenWidth) + x) * 3));
            }
        }

        return Given.Bmp(seenWidth, seenHeight, seen);
    }

    private static byte[] Tiff(byte orientation) =>
        [.. "MM\0*\0\0\0\u0008\0\u0001"u8, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
}
