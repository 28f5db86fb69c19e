using System.Buffers.Binary;

namespace ServerlessMme.Imaging.Decoding;

/// <summary>Reads the orientation from EXIF data.</summary>
internal static class ExifOrientation
{
    private const int EntryLength = 12;
    private const ushort OrientationTag = 0x0112;
    private const ushort ShortType = 3;

    /// <summary>Returns the first readable orientation, as Skia does: 1 to 8; 1 if none is readable.</summary>
    /// <param name="tiff">EXIF data, which is a TIFF file; the orientation is in its first directory.</param>
    public static int Find(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 8 || !(tiff.StartsWith("II"u8) || tiff.StartsWith("MM"u8)))
        {
            return 1;
        }

        var littleEndian = tiff[0] == 'I';
        var directory = Long(tiff[4..], littleEndian);
        if (directory > tiff.Length - sizeof(ushort))
        {
            return 1;
        }

        var entries = tiff[(int)directory..];
        var count = Short(entries, littleEndian);
        entries = entries[sizeof(ushort)..];
        for (var i = 0; i < count && (i + 1) * EntryLength <= entries.Length; i++)
        {
            var entry = entries.Slice(i * EntryLength, EntryLength);
            if (Short(entry, littleEndian) == OrientationTag
                && Short(entry[2..], littleEndian) == ShortType
                && Long(entry[4..], littleEndian) == 1
                && Short(entry[8..], littleEndian) is >= 1 and <= 8 and var orientation)
            {
                return orientation;
            }
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
