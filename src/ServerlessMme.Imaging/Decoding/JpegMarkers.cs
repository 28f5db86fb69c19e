using System.Buffers.Binary;

namespace ServerlessMme.Imaging.Decoding;

/// <summary>Estimates from a JPEG's markers how much work decoding it will be.</summary>
internal static class JpegMarkers
{
    private const byte StartOfScan = 0xDA;
    private const int BlockSide = 8;
    private const int ChannelsAt = 9;
    private const int FirstChannelAt = 10;
    private const int ChannelLength = 3;
    private const int MaxSampling = 4;

    /// <summary>
    /// True when the pixels come in more than one scan (progressive files, and files with one scan per channel):
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
    /// Bytes of the coefficients that are held until the last scan; 0 for a file with one scan.
    /// </summary>
    public static long CoefficientBytes(ReadOnlySpan<byte> bytes, long width, long height)
    {
        if (!HasManyScans(bytes))
        {
            return 0;
        }

        var frame = FindFrame(bytes);
        var channels = frame.Length > ChannelsAt ? frame[ChannelsAt] : 0;
        var (across, down, blocks) = (1, 1, 0);
        for (var i = 0; i < channels; i++)
        {
            var (x, y) = Sampling(frame, i);
            (across, down, blocks) = (Math.Max(across, x), Math.Max(down, y), blocks + (x * y));
        }

        var units = Parts(width, BlockSide * across) * Parts(height, BlockSide * down);
        return units * blocks * BlockSide * BlockSide * sizeof(short);
    }

    /// <summary>
    /// Upper bound of the number of scans: the marker cannot occur in compressed data, but it may in an embedded
    /// thumbnail.
    /// </summary>
    public static int CountScans(ReadOnlySpan<byte> bytes) => bytes.Count((ReadOnlySpan<byte>)[0xFF, StartOfScan]);

    // Starts at the marker. Empty after the last one.
    private static ReadOnlySpan<byte> FindFrame(ReadOnlySpan<byte> bytes)
    {
        for (var at = 2; at + 4 < bytes.Length && bytes[at] == 0xFF && bytes[at + 1] != StartOfScan;)
        {
            if (IsFrame(bytes[at + 1]))
            {
                return bytes[at..];
            }

            at += bytes[at + 1] == 0xFF ? 1 : 2 + BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
        }

        return default;
    }

    // Blocks of a channel per unit. The maximum where the file has no value or an invalid one.
    private static (int Across, int Down) Sampling(ReadOnlySpan<byte> frame, int channel)
    {
        var at = FirstChannelAt + (channel * ChannelLength) + 1;
        var (x, y) = at < frame.Length ? (frame[at] >> 4, frame[at] & 15) : default;
        return x is > 0 and <= MaxSampling && y is > 0 and <= MaxSampling ? (x, y) : (MaxSampling, MaxSampling);
    }

    private static long Parts(long whole, int part) => (whole + part - 1) / part;

    private static bool IsFrame(byte marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);
}
