using System.Buffers.Binary;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Imaging.Decoding;
using ServerlessMme.Imaging.Jpeg;
using ServerlessMme.Imaging.Png;

namespace ServerlessMme.Imaging;

/// <summary>
/// Opens images: reads the header and checks it against the limits before allocating memory for pixels. Thread-safe.
/// </summary>
internal sealed class ImageDecoder(ImagingOptions options)
{
    private const int WebPSizeAt = 4;
    private const string UnreadableHeader = "has a header that cannot be read";

    // The longest side that JPEG and GIF allow. Resampling tables grow with the side.
    private const int MaxSide = 65_535;

    // Encoders write about ten scans. An empty scan takes about 100 bytes, regardless of the number of pixels.
    private const int MaxScans = 100;

    /// <summary>
    /// Opens a plain JPEG or PNG within the limits, which may turn out to be damaged. Returns null for any other image.
    /// </summary>
    public IOpenedImage? OpenPlain(EncodedImage image, ImageFormat format, ImageOrientation orientation)
    {
        IOpenedImage? opened = format switch
        {
            ImageFormat.Jpeg => JpegImage.TryOpen(image, orientation),
            ImageFormat.Png => PngImage.TryOpen(image, orientation),
            _ => null,
        };
        if (opened is null || CheckSize(image, format, opened.Width, opened.Height, opened.PixelBytes) is null)
        {
            return opened;
        }

        opened.Dispose();
        return null;
    }

    /// <summary>Opens an image, whose bytes are read in place. Returns null if the image is refused.</summary>
    public IOpenedImage? Open(
        EncodedImage image, ImageFormat format, ImageOrientation orientation, out Refusal? refusal)
    {
        // Skia opens a PNG only if all chunks before the pixels are present; the first chunk already has the size.
        if (format == ImageFormat.Png)
        {
            refusal = PngHeader.Find(image.Bytes.Span) is { } header
                ? CheckSize(
                    image, format, header.Width, header.Height,
                    SkiaMemory.PixelBytes(image.Bytes.Span, format, header.Width, header.Height))
                : Refusals.Damaged(image.Reference, format, UnreadableHeader);
            if (refusal is not null)
            {
                return null;
            }
        }

        // Skia allocates memory for all rows before it finds that most are missing.
        if (format == ImageFormat.Bmp && BmpHeader.Find(image.Bytes.Span)?.IsTooShort(image.Bytes.Length) == true)
        {
            refusal = Refusals.Damaged(image.Reference, format, "ends before its last pixel");
            return null;
        }

        // Skia accepts a file once the pixels are there, but the orientation may follow them.
        if (format == ImageFormat.WebP && WebPBytes(image.Bytes.Span) > image.Bytes.Length)
        {
            refusal = Refusals.Damaged(image.Reference, format, "ends before its last chunk");
            return null;
        }

        var opened = SkiaImage.TryOpen(image, format, orientation);
        refusal = opened is null
            ? Refusals.Damaged(image.Reference, format, UnreadableHeader)
            : CheckSize(image, format, opened.Width, opened.Height, opened.PixelBytes);
        if (refusal is null)
        {
            return opened;
        }

        opened?.Dispose();
        return null;
    }

    // The file length that the header declares. FormatCheck has already checked that there are 12 bytes.
    private static long WebPBytes(ReadOnlySpan<byte> bytes) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[WebPSizeAt..]) + WebPSizeAt + (long)sizeof(uint);

    private Refusal? CheckSize(EncodedImage image, ImageFormat format, long width, long height, long needed)
    {
        if ((double)width * height > options.MaxPixels)
        {
            return Refusals.TooManyPixels(image.Reference, width, height, options.MaxPixels);
        }

        if (Math.Max(width, height) > MaxSide)
        {
            return Refusals.TooLong(image.Reference, width, height, MaxSide);
        }

        if (format == ImageFormat.Jpeg && JpegMarkers.HasManyScans(image.Bytes.Span)
            && JpegMarkers.CountScans(image.Bytes.Span) is > MaxScans and var scans)
        {
            return Refusals.TooManyScans(image.Reference, scans, MaxScans);
        }

        return needed > options.MaxDecodedBytes
            ? Refusals.TooMuchMemory(
                image.Reference, width, height, needed, options.MaxDecodedBytes, "Mme:Images:MaxDecodedBytes", needed)
            : null;
    }
}
