using System.Buffers.Binary;

namespace ServerlessMme.Imaging.Decoding;

/// <summary>What a JPEG's markers tell about the work that decoding it will be.</summary>
internal static class JpegMarkers
{
    private const byte StartOfScan = 0xDA;

    /// <summary>
    /// True when the pixels come in more than one scan (progressive files, and files with one scan a channel):
    /// all coefficients of the image are then held in memory until the last one.
    /// </summary>
    public static bool HasManyScans(ReadOnlySpan<byte> bytes)
    {
        var channels = 0;
        for (var at = 2; at + 4 < bytes.Length;)
        {
            var (marker, length) = (bytes[at + 1], BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]));
            if (bytes[at] != 0xFF)
            {
                return false;
            }

            if (marker == 0xFF)
            {
                at++;
                continue;
            }

            if (marker == StartOfScan)
            {
                return bytes[at + 4] < channels;
            }

            if (marker is 0xC2 or 0xC6 or 0xCA or 0xCE)
            {
                return true;
            }

            if (IsFrame(marker) && at + 9 < bytes.Length)
            {
                channels = bytes[at + 9];
            }

            at += 2 + length;
        }

        return false;
    }

    /// <summary>
    /// How often the decoder goes over the image, at the most: the marker cannot occur in compressed data, yet may in
    /// an embedded thumbnail.
    /// </summary>
    public static int CountScans(ReadOnlySpan<byte> bytes) => bytes.Count((ReadOnlySpan<byte>)[0xFF, StartOfScan]);

    private static bool IsFrame(byte marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);
}
