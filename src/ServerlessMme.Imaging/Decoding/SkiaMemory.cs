using ServerlessMme.Imaging.Pixels;

namespace ServerlessMme.Imaging.Decoding;

/// <summary>Upper bounds of the memory that Skia and its decoders take, measured for each format.</summary>
internal static class SkiaMemory
{
    // What a decoder has besides pixels: tables, windows, and a few rows of each of its stages.
    private const int FixedBytes = 256 * 1024;
    private const int BytesPerColumn = 128;

    private const int WebPKindAt = 12;

    /// <summary>Bytes that grow with the number of pixels: the pixels, and what the decoder holds of all of them.</summary>
    /// <param name="width">Stored pixels per row.</param>
    /// <param name="height">Stored rows.</param>
    public static long PixelBytes(ReadOnlySpan<byte> bytes, ImageFormat format, long width, long height) =>
        format == ImageFormat.Jpeg
            ? JpegMarkers.CoefficientBytes(bytes, width, height)
            : width * height * (Rgbx.Bytes + ScratchPerPixel(bytes, format));

    /// <summary>Bytes for everything else.</summary>
    /// <param name="width">Stored pixels per row.</param>
    public static long OtherBytes(long width) => FixedBytes + (width * BytesPerColumn);

    private static int ScratchPerPixel(ReadOnlySpan<byte> bytes, ImageFormat format) => format switch
    {
        ImageFormat.Png when PngHeader.Find(bytes) is { IsInterlaced: true } header => Interlaced(header),
        // Lossy without alpha is decoded a few rows at a time. Lossless isn't, and alpha is lossless.
        ImageFormat.WebP => bytes[WebPKindAt..].StartsWith("VP8 "u8) ? 0 : Rgbx.Bytes,
        ImageFormat.Gif => 1,
        _ => 0,
    };

    // All pixels as they come in, until the last pass. A transparent color gives them alpha.
    private static int Interlaced(PngHeader header) =>
        header.Colors == 3 ? 1 : Rgbx.Bytes * (header.Depth == 16 ? 2 : 1);
}
