using System.Buffers.Binary;

namespace ServerlessMme.Imaging.Decoding;

/// <summary>Estimates from a JPEG's markers how much memory and work decoding takes.</summary>
internal static class JpegMarkers
{
    private const byte StartOfScan = 0xDA;
    private const int BlockSide = 8;
    private const int ChannelsAt = 9;
    private const int FirstChannelAt = 10;
    private const int ChannelLength = 3;
    private const int MaxSampling = 4;

    /// <summary>
    /// Returns true if the pixels come in several scans, as in progressive files and files with one scan per channel.
    /// The decoder holds all coefficients of such an image in memory until the last scan.
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
    /// Returns the size of the coefficients that the decoder holds until the last scan, in bytes; 0 for a single scan.
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
    /// Returns an upper bound of the number of scans. The marker can't occur in compressed data, but may occur in an
    /// embedded thumbnail.
    /// </summary>
    public static int CountScans(ReadOnlySpan<byte> bytes) => bytes.Count((ReadOnlySpan<byte>)[0xFF, StartOfScan]);

    // Returns the bytes from the frame's marker on; empty if there is no frame.
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

    // Returns the blocks of a channel per unit, or the maximum if the file has no valid value.
    private static (int Across, int Down) Sampling(ReadOnlySpan<byte> frame, int channel)
    {
        var at = FirstChannelAt + (channel * ChannelLength) + 1;
        var (x, y) = at < frame.Length ? (frame[at] >> 4, frame[at] & 15) : default;
        return x is > 0 and <= MaxSampling && y is > 0 and <= MaxSampling ? (x, y) : (MaxSampling, MaxSampling);
    }

    private static long Parts(long whole, int part) => (whole + part - 1) / part;

    private static bool IsFrame(byte marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);
}
