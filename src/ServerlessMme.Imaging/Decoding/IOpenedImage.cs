using ServerlessMme.Core.Failures;
using ServerlessMme.Imaging.Pixels;

namespace ServerlessMme.Imaging.Decoding;

/// <summary>An image whose header has been read and whose pixels have not.</summary>
internal interface IOpenedImage : IDisposable
{
    /// <summary>Pixels per row, upright.</summary>
    int Width { get; }

    /// <summary>Rows, upright.</summary>
    int Height { get; }

    /// <summary>How its rows become upright.</summary>
    ExifTransform Transform { get; }

    /// <summary>
    /// Bytes that decoding takes to hold all pixels or coefficients of the image, estimated from the header; 0 when rows
    /// stream.
    /// </summary>
    long PixelBytes { get; }

    /// <summary>
    /// Upper bound of all bytes that decoding takes: <see cref="PixelBytes"/>, tables and rows. The memory of the
    /// receiver of the rows isn't included.
    /// </summary>
    long DecodeBytes { get; }

    /// <summary>
    /// Makes a JPEG decode at a half, a quarter or an eighth of its size, never below the requested size, as Pillow's
    /// <c>draft</c> does. Does nothing for other formats.
    /// </summary>
    /// <param name="width">Requested pixels per row, upright.</param>
    /// <param name="height">Requested rows, upright.</param>
    void Draft(int width, int height);

    /// <summary>
    /// Pushes every row as it is stored, from the top. A damaged image is a refusal, possibly after some rows.
    /// </summary>
    Refusal? DecodeTo<TRows>(ref TRows rows)
        where TRows : IRows, allows ref struct;
}

/// <summary>The part of its size at which an image is decoded.</summary>
internal static class DraftScale
{
    /// <summary>8, 4, 2 or 1.</summary>
    public static int Of(IOpenedImage image, int width, int height) =>
        Math.Min(image.Width / width, image.Height / height) switch { >= 8 => 8, >= 4 => 4, >= 2 => 2, _ => 1 };
}
