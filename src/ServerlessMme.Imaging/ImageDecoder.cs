using System.Buffers.Binary;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Imaging.Decoding;
using ServerlessMme.Imaging.Jpeg;
using ServerlessMme.Imaging.Pixels;

namespace ServerlessMme.Imaging;

/// <summary>
/// Opens images: reads their header and holds it to the limits before any memory is taken for pixels. Thread-safe.
/// </summary>
internal sealed class ImageDecoder(ImagingOptions options)
{
    private const int PngSizeAt = 16;
    private const int WebPSizeAt = 4;

    // The longest side of a JPEG or GIF. Tables for resizing a side grow with it.
    private const int MaxSide = 65_535;

    // Encoders write about ten. A scan of nothing takes some 100 bytes for any number of pixels.
    private const int MaxScans = 100;

    /// <summary>A plain JPEG within the limits, which may turn out to be damaged; null for every other image.</summary>
    public IOpenedImage? OpenPlainJpeg(EncodedImage image, ImageOrientation orientation)
    {
        var opened = JpegImage.TryOpen(image, orientation);
        if (opened is null || CheckSize(image, ImageFormat.Jpeg, opened.Width, opened.Height, opened.IsWhole) is null)
        {
            return opened;
        }

        opened.Dispose();
        return null;
    }

    /// <summary>The opened image, which reads <paramref name="image"/> in place; null when it is refused.</summary>
    public IOpenedImage? Open(
        EncodedImage image, ImageFormat format, ImageOrientation orientation, out Refusal? refusal)
    {
        // Skia opens a PNG only when all its chunks up to the pixels are there; the size is told from its first.
        if (format == ImageFormat.Png && PngSize(image.Bytes.Span) is var (pngWidth, pngHeight))
        {
            refusal = CheckSize(image, format, pngWidth, pngHeight, isWhole: true);
            if (refusal is not null)
            {
                return null;
            }
        }

        // Skia is content when the pixels are there, and the orientation may come after them.
        if (format == ImageFormat.WebP && WebPBytes(image.Bytes.Span) > image.Bytes.Length)
        {
            refusal = Refusals.Damaged(image.Reference, format, "ends before its last chunk");
            return null;
        }

        var opened = SkiaImage.TryOpen(image, format, orientation);
        refusal = opened is null
            ? Refusals.Damaged(image.Reference, format, "has a header that cannot be read")
            : CheckSize(image, format, opened.Width, opened.Height, opened.IsWhole);
        if (refusal is null)
        {
            return opened;
        }

        opened?.Dispose();
        return null;
    }

    private static (uint Width, uint Height)? PngSize(ReadOnlySpan<byte> bytes) =>
        bytes.Length < PngSizeAt + (2 * sizeof(uint))
            ? null
            : (BinaryPrimitives.ReadUInt32BigEndian(bytes[PngSizeAt..]),
               BinaryPrimitives.ReadUInt32BigEndian(bytes[(PngSizeAt + sizeof(uint))..]));

    // What the file's header says of its length: the format was told by 12 bytes.
    private static long WebPBytes(ReadOnlySpan<byte> bytes) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[WebPSizeAt..]) + WebPSizeAt + (long)sizeof(uint);

    private Refusal? CheckSize(EncodedImage image, ImageFormat format, long width, long height, bool isWhole)
    {
        if ((double)width * height > options.MaxPixels)
        {
            return Refusals.TooManyPixels(image.Reference, width, height, options.MaxPixels);
        }

        if (Math.Max(width, height) > MaxSide)
        {
            return Refusals.TooLong(image.Reference, width, height, MaxSide);
        }

        var manyScans = format == ImageFormat.Jpeg && JpegMarkers.HasManyScans(image.Bytes.Span);
        if (manyScans && JpegMarkers.CountScans(image.Bytes.Span) is > MaxScans and var scans)
        {
            return Refusals.TooManyScans(image.Reference, scans, MaxScans);
        }

        var needed = width * height * BytesPerPixel(format, manyScans, isWhole);
        return needed > options.MaxDecodedBytes
            ? Refusals.TooMuchMemory(image.Reference, width, height, needed, options.MaxDecodedBytes)
            : null;
    }

    // At the most: what the decoder holds of its own, and the colours. A plain JPEG goes by a few rows at a
    // time unless it has to be turned.
    private static int BytesPerPixel(ImageFormat format, bool manyScans, bool isWhole) => format switch
    {
        ImageFormat.Jpeg => (manyScans ? 4 * sizeof(short) : 0) + (isWhole ? Rgbx.Bytes : 0),
        ImageFormat.WebP => 2 * Rgbx.Bytes,
        ImageFormat.Gif => 1 + Rgbx.Bytes,
        _ => Rgbx.Bytes,
    };
}
