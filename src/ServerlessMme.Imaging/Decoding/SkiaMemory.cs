using System.Buffers.Binary;
using ServerlessMme.Imaging.Pixels;

namespace ServerlessMme.Imaging.Decoding;

/// <summary>Upper bounds of the memory that Skia and its decoders take, measured for each format.</summary>
internal static class SkiaMemory
{
    // A decoder's memory besides pixels: tables, windows, and a few rows of each of its stages.
    private const int FixedBytes = 256 * 1024;
    private const int BytesPerColumn = 384;

    private const int FirstWebPChunkAt = 12;
    private const int WebPChunkHeader = 8;

    /// <summary>
    /// Returns the memory that grows with the number of pixels, in bytes: the pixels, and the decoder's own data for
    /// them.
    /// </summary>
    /// <param name="width">Stored pixels per row.</param>
    /// <param name="height">Stored rows.</param>
    public static long PixelBytes(ReadOnlySpan<byte> bytes, ImageFormat format, long width, long height) =>
        format == ImageFormat.Jpeg
            ? JpegMarkers.CoefficientBytes(bytes, width, height)
            : width * height * (Rgbx.Bytes + ScratchPerPixel(bytes, format));

    /// <summary>Returns the memory for everything else, in bytes.</summary>
    /// <param name="width">Stored pixels per row.</param>
    public static long OtherBytes(long width) => FixedBytes + (width * BytesPerColumn);

    private static int ScratchPerPixel(ReadOnlySpan<byte> bytes, ImageFormat format) => format switch
    {
        ImageFormat.Png when PngHeader.Find(bytes) is { IsInterlaced: true } header => Interlaced(header),
        ImageFormat.WebP when !IsLossy(bytes) => Rgbx.Bytes,
        ImageFormat.Gif => 1,
        _ => 0,
    };

    // Lossy pixels without alpha are decoded a few rows at a time. Lossless pixels aren't, and alpha is always
    // lossless. Returns false for animations too, because their frames are inside other chunks.
    private static bool IsLossy(ReadOnlySpan<byte> webP)
    {
        for (long at = FirstWebPChunkAt; at + WebPChunkHeader <= webP.Length;)
        {
            var chunk = webP[(int)at..];
            if (chunk.StartsWith("VP8 "u8))
            {
                return true;
            }

            if (chunk.StartsWith("VP8L"u8) || chunk.StartsWith("ALPH"u8) || chunk.StartsWith("ANMF"u8))
            {
                return false;
            }

            var length = BinaryPrimitives.ReadUInt32LittleEndian(chunk[sizeof(uint)..]);
            at += WebPChunkHeader + length + (length & 1);
        }

        return false;
    }

    // The decoder holds all pixels until the last pass. They have alpha, because a PNG may declare a transparent color.
    private static int Interlaced(PngHeader header) =>
        header.Colors == 3 ? 1 : Rgbx.Bytes * (header.Depth == 16 ? 2 : 1);
}
