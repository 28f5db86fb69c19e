using System.Buffers.Binary;
using System.IO.Hashing;

namespace ServerlessMme.Imaging.Decoding;

/// <summary>The contents of a PNG's first chunk.</summary>
/// <param name="Depth">Bits per channel, or per palette index.</param>
/// <param name="Colors">The color type: 0 gray, 2 RGB, 3 palette, 4 gray with alpha, 6 RGB with alpha.</param>
internal readonly record struct PngHeader(int Width, int Height, byte Depth, byte Colors, bool IsInterlaced)
{
    /// <summary>Bytes of the signature and the first chunk.</summary>
    public const int Length = 33;
    private const int ChunkAt = 8;
    private const int TypeAt = 12;
    private const int DataAt = 16;
    private const int ChecksumAt = 29;
    private const int DataLength = 13;

    /// <summary>
    /// Reads the first chunk. Returns null if it is cut off, has a wrong checksum, or has invalid values. Without these
    /// checks, arbitrary bytes could pass for the header of a huge image.
    /// </summary>
    public static PngHeader? Find(ReadOnlySpan<byte> png)
    {
        if (png.Length < Length
            || BinaryPrimitives.ReadUInt32BigEndian(png[ChunkAt..]) != DataLength
            || !png[TypeAt..DataAt].SequenceEqual("IHDR"u8)
            || BinaryPrimitives.ReadUInt32BigEndian(png[ChecksumAt..]) != Crc32.HashToUInt32(png[TypeAt..ChecksumAt]))
        {
            return null;
        }

        var (depth, colors) = (png[DataAt + 8], png[DataAt + 9]);
        var (compression, filter, interlace) = (png[DataAt + 10], png[DataAt + 11], png[DataAt + 12]);
        var width = BinaryPrimitives.ReadInt32BigEndian(png[DataAt..]);
        var height = BinaryPrimitives.ReadInt32BigEndian(png[(DataAt + sizeof(int))..]);
        return width > 0 && height > 0 && IsAllowed(depth, colors) && (compression, filter) == (0, 0) && interlace <= 1
            ? new PngHeader(width, height, depth, colors, interlace == 1)
            : null;
    }

    private static bool IsAllowed(byte depth, byte colors) => colors switch
    {
        0 => depth is 1 or 2 or 4 or 8 or 16,
        3 => depth is 1 or 2 or 4 or 8,
        2 or 4 or 6 => depth is 8 or 16,
        _ => false,
    };
}
