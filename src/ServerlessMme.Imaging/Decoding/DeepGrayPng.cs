using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;

namespace ServerlessMme.Imaging.Decoding;

/// <summary>
/// Reads 16-bit gray PNGs without losing bits, by declaring them as 8-bit gray with alpha. Both kinds have two bytes
/// per pixel, filtered, interlaced and compressed in the same way, so the decoder returns both bytes instead of
/// rounding to one.
/// </summary>
internal static class DeepGrayPng
{
    private const int HeaderAt = 12;
    private const int HeaderLength = 17;
    private const int DepthAt = 24;
    private const byte Gray = 0;
    private const byte GrayWithAlpha = 4;

    /// <summary>Returns true if each pixel of the PNG is a single 16-bit number.</summary>
    public static bool Is(ReadOnlySpan<byte> png) =>
        png.Length > HeaderAt + HeaderLength + sizeof(uint) && png[DepthAt] == 16 && png[DepthAt + 1] == Gray;

    /// <summary>Returns a copy, rented from the shared pool, that declares 8-bit gray with alpha.</summary>
    public static byte[] RentDisguised(ReadOnlySpan<byte> png)
    {
        var copy = ArrayPool<byte>.Shared.Rent(png.Length);
        png.CopyTo(copy);
        copy[DepthAt] = 8;
        copy[DepthAt + 1] = GrayWithAlpha;
        var header = copy.AsSpan(HeaderAt, HeaderLength);
        BinaryPrimitives.WriteUInt32BigEndian(copy.AsSpan(HeaderAt + HeaderLength), Crc32.HashToUInt32(header));
        return copy;
    }
}
