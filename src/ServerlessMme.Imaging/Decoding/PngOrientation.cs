using System.Buffers.Binary;

namespace ServerlessMme.Imaging.Decoding;

/// <summary>Finds the EXIF orientation of a PNG. Skia reads it only from other formats.</summary>
internal static class PngOrientation
{
    private const int SignatureLength = 8;
    private const int ChunkHeader = 8;
    private const int ChunkOverhead = ChunkHeader + sizeof(uint);

    /// <summary>Returns the orientation, 1 to 8, or 1 if none is readable.</summary>
    public static int Find(ReadOnlySpan<byte> png)
    {
        for (var at = SignatureLength; at + ChunkOverhead <= png.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(png[at..]);
            if (length > png.Length - at - ChunkOverhead)
            {
                return 1;
            }

            if (png.Slice(at + sizeof(uint), sizeof(uint)).SequenceEqual("eXIf"u8))
            {
                return ExifOrientation.Find(png.Slice(at + ChunkHeader, (int)length));
            }

            at += ChunkOverhead + (int)length;
        }

        return 1;
    }
}
