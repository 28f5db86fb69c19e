using System.Runtime.Intrinsics.X86;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Imaging.Decoding;
using ServerlessMme.Imaging.Pixels;

namespace ServerlessMme.Imaging.Jpeg;

/// <summary>
/// A baseline JPEG as cameras and most programs write it. Decoding it here with SIMD is faster than Skia, whose Linux
/// build lacks it. Skia decodes all other JPEGs, including damaged ones, because it names the defect. Not thread-safe.
/// </summary>
internal sealed class JpegImage : IOpenedImage
{
    private readonly EncodedImage _image;
    private readonly JpegHeader _header;
    private readonly JpegTables _tables;
    private JpegLayout _layout;

    private JpegImage(EncodedImage image, JpegHeader header, JpegTables tables, ExifTransform transform)
    {
        (_image, _header, _tables) = (image, header, tables);
        Transform = transform;
        _layout = new JpegLayout(header, scale: 1);
    }

    /// <inheritdoc/>
    public int Width => Transform.Transposed ? _layout.Height : _layout.Width;

    /// <inheritdoc/>
    public int Height => Transform.Transposed ? _layout.Width : _layout.Height;

    /// <inheritdoc/>
    public ExifTransform Transform { get; }

    /// <inheritdoc/>
    public long PixelBytes => 0;

    /// <inheritdoc/>
    public long DecodeBytes => JpegTables.Bytes + JpegDecoder.Bytes(_layout);

    /// <summary>Opens a plain JPEG. Returns null for any other file, and on processors without AVX2.</summary>
    public static JpegImage? TryOpen(EncodedImage image, ImageOrientation orientation)
    {
        if (!Avx2.IsSupported)
        {
            return null;
        }

        var tables = JpegTables.Take();
        var header = JpegHeader.TryRead(image.Bytes.Span, tables);
        var seen = orientation == ImageOrientation.Exif ? header?.Orientation : 1;
        if (header is not null && seen is { } turned)
        {
            return new JpegImage(image, header, tables, ExifTransform.Of(turned));
        }

        JpegTables.Return(tables);
        return null;
    }

    /// <inheritdoc/>
    public void Draft(int width, int height) =>
        _layout = new JpegLayout(_header, DraftScale.Of(this, width, height));

    /// <inheritdoc/>
    public Refusal? DecodeTo<TRows>(ref TRows rows)
        where TRows : IRows, allows ref struct =>
        JpegDecoder.TryDecode(_image.Bytes.Span, _header, _layout, _tables, ref rows)
            ? null
            : Refusals.Damaged(_image.Reference, ImageFormat.Jpeg, "is damaged");

    public void Dispose() => JpegTables.Return(_tables);
}
