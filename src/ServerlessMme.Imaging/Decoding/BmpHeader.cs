using System.Buffers.Binary;

namespace ServerlessMme.Imaging.Decoding;

/// <summary>A BMP's headers, as Pillow interprets them.</summary>
/// <param name="HeaderBytes">Bytes of the headers, without masks and palette.</param>
/// <param name="StoredOffset">The offset of the pixels, as the file declares it.</param>
/// <param name="PixelsAt">The offset at which Pillow begins to read pixels.</param>
/// <param name="HeadBytes">
/// Bytes before the pixels in a lenient copy: headers and palette, or everything up to the pixels.
/// </param>
/// <param name="IsPlain">True if rows aren't compressed.</param>
/// <param name="PixelBytes">Bytes of all rows if they aren't compressed.</param>
/// <param name="FillBytes">Padding bytes per row.</param>
internal readonly record struct BmpHeader(
    int HeaderBytes,
    long StoredOffset,
    long PixelsAt,
    int HeadBytes,
    bool IsPlain,
    long PixelBytes,
    int FillBytes)
{
    /// <summary>Index of the four bytes with the offset of the pixels.</summary>
    public const int OffsetAt = 10;

    private const int FileHeaderBytes = 14;
    private const int OldHeaderBytes = 12;
    private const int MaxColors = 256;

    /// <summary>Returns true if a file of this length can't contain all pixels.</summary>
    public bool IsTooShort(int fileBytes) => IsPlain && PixelBytes - FillBytes > fileBytes - HeaderBytes;

    /// <summary>Reads the headers. Returns null if Pillow doesn't support them, or if they are invalid.</summary>
    public static BmpHeader? Find(ReadOnlySpan<byte> bmp)
    {
        var size = bmp.Length < FileHeaderBytes + sizeof(uint) ? 0 : Long(bmp, FileHeaderBytes);
        var isOld = size == OldHeaderBytes;
        if (!(isOld || size is 40 or 64 or 108 or 124) || bmp.Length < FileHeaderBytes + size)
        {
            return null;
        }

        var headers = FileHeaderBytes + (int)size;
        var width = isOld ? Short(bmp, 18) : (long)Long(bmp, 18);
        var height = isOld ? Short(bmp, 20) : Math.Abs((long)(int)Long(bmp, 22));
        var bits = Short(bmp, isOld ? 24 : 28);
        var isPlain = isOld || Long(bmp, 30) == 0;
        var colors = isOld ? 0 : Long(bmp, 46);
        if (bits > 32 || width * bits > int.MaxValue)
        {
            return null;
        }

        var rowBytes = ((width * bits) + 31) / 32 * 4;
        var fill = (int)(rowBytes - (((width * bits) + 7) / 8));
        var offset = (long)Long(bmp, OffsetAt);
        if (bits > 8)
        {
            return offset < headers || offset > bmp.Length
                ? null
                : new BmpHeader(headers, offset, offset, (int)offset, isPlain, rowBytes * height, fill);
        }

        colors = colors == 0 ? 1u << bits : colors;
        if (colors > MaxColors)
        {
            return null;
        }

        var head = headers + ((int)colors * (isOld ? 3 : 4));
        // Pillow counts four bytes per color even if there are three.
        var at = offset == headers ? offset + (4 * colors) : offset == 0 ? head : offset;
        return new BmpHeader(headers, offset, at, head, isPlain, rowBytes * height, fill);
    }

    private static uint Long(ReadOnlySpan<byte> bmp, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bmp[at..]);

    private static int Short(ReadOnlySpan<byte> bmp, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bmp[at..]);
}
