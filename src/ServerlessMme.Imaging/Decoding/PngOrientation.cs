using System.Buffers.Binary;

namespace ServerlessMme.Imaging.Decoding;

/// <summary>Finds the EXIF orientation of a PNG, which Skia reads from other formats only.</summary>
internal static class PngOrientation
{
    private const int SignatureLength = 8;
    private const int ChunkHeader = 8;
    private const int ChunkOverhead = ChunkHeader + sizeof(uint);
    private const int EntryLength = 12;
    private const ushort OrientationTag = 0x0112;
    private const ushort ShortType = 3;

    /// <summary>1 to 8; 1 where there is none that can be read.</summary>
    public static int Find(ReadOnlySpan<byte> png)
    {
        for (var at = SignatureLength; at + ChunkOverhead <= png.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(png[at..]);
            if (length > png.Length - at - ChunkOverhead)
                return 1;
            if (png.Slice(at + sizeof(uint), sizeof(uint)).SequenceEqual("eXIf"u8))
                return InTiff(png.Slice(at + ChunkHeader, (int)length));
            at += ChunkOverhead + (int)length;
        }

        return 1;
    }

    // The first directory of a TIFF file: 12 bytes an entry.
    private static int InTiff(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 8 || !(tiff.StartsWith("II"u8) || tiff.StartsWith("MM"u8)))
            return 1;
        var littleEndian = tiff[0] == 'I';
        var directory = Long(tiff[4..], littleEndian);
        if (directory > tiff.Length - sizeof(ushort))
            return 1;
        var entries = tiff[(int)directory..];
        var count = Short(entries, littleEndian);
        entries = entries[sizeof(ushort)..];
        for (var i = 0; i < count && (i + 1) * EntryLength <= entries.Length; i++)
        {
            var entry = entries.Slice(i * EntryLength, EntryLength);
            if (Short(entry, littleEndian) == OrientationTag && Short(entry[2..], littleEndian) == ShortType)
                return Short(entry[8..], littleEndian) is >= 1 and <= 8 and var orientation ? orientation : 1;
        }

        return 1;
    }

    private static ushort Short(ReadOnlySpan<byte> bytes, bool littleEndian) => littleEndian
        ? BinaryPrimitives.ReadUInt16LittleEndian(bytes)
        : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static uint Long(ReadOnlySpan<byte> bytes, bool littleEndian) => littleEndian
        ? BinaryPrimitives.ReadUInt32LittleEndian(bytes)
        : BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
