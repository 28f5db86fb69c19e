using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Imaging.Decoding;
using ServerlessMme.Imaging.Pixels;

namespace ServerlessMme.Imaging.Png;

/// <summary>
/// A PNG that isn't interlaced, decoded a few rows at a time, whereas Skia holds the whole image. Skia decodes unusual
/// PNGs, and also damaged ones, because it names the defect. Not thread-safe.
/// </summary>
internal sealed class PngImage : IOpenedImage
{
    private readonly EncodedImage _image;
    private readonly PngLayout _layout;

    private PngImage(EncodedImage image, PngLayout layout, ExifTransform transform)
    {
        (_image, _layout) = (image, layout);
        Transform = transform;
    }

    /// <inheritdoc/>
    public int Width => Transform.Transposed ? _layout.Header.Height : _layout.Header.Width;

    /// <inheritdoc/>
    public int Height => Transform.Transposed ? _layout.Header.Width : _layout.Header.Height;

    /// <inheritdoc/>
    public ExifTransform Transform { get; }

    /// <inheritdoc/>
    public long PixelBytes => 0;

    /// <inheritdoc/>
    public long DecodeBytes => PngDecoder.InflaterBytes + PngDecoder.Bytes(_layout);

    /// <summary>Opens a plain PNG. Returns null for any other file.</summary>
    public static PngImage? TryOpen(EncodedImage image, ImageOrientation orientation)
    {
        var png = image.Bytes.Span;
        if (PngLayout.TryRead(png) is not { } layout)
        {
            return null;
        }

        var seen = orientation == ImageOrientation.Exif ? PngOrientation.Find(png) : 1;
        return new PngImage(image, layout, ExifTransform.Of(seen));
    }

    /// <inheritdoc/>
    public void Draft(int width, int height)
    {
        // Only JPEGs can be decoded at a reduced size.
    }

    /// <inheritdoc/>
    public Refusal? DecodeTo<TRows>(ref TRows rows)
        where TRows : IRows, allows ref struct =>
        PngDecoder.TryDecode(_image.Bytes, _layout, ref rows)
            ? null
            : Refusals.Damaged(_image.Reference, ImageFormat.Png, "is damaged");

    public void Dispose()
    {
        // The image belongs to the caller, and memory is taken only while decoding.
    }
}
