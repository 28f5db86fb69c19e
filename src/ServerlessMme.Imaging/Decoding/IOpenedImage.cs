using ServerlessMme.Core.Failures;
using ServerlessMme.Imaging.Pixels;

namespace ServerlessMme.Imaging.Decoding;

/// <summary>An image whose header has been read, but not its pixels.</summary>
internal interface IOpenedImage : IDisposable
{
    /// <summary>Pixels per row of the upright image.</summary>
    int Width { get; }

    /// <summary>Rows of the upright image.</summary>
    int Height { get; }

    /// <summary>How to turn the stored rows upright.</summary>
    ExifTransform Transform { get; }

    /// <summary>
    /// Memory for all pixels or coefficients of the image, in bytes, estimated from the header; 0 if the decoder holds
    /// only a few rows at a time.
    /// </summary>
    long PixelBytes { get; }

    /// <summary>
    /// Upper bound of the memory for decoding, in bytes: <see cref="PixelBytes"/>, tables and rows. It excludes the
    /// memory of the receiver of the rows.
    /// </summary>
    long DecodeBytes { get; }

    /// <summary>
    /// Reduces a JPEG to a half, a quarter or an eighth of its size during decoding, as Pillow's <c>draft</c> does, but
    /// never below the requested size. Does nothing for other formats.
    /// </summary>
    /// <param name="width">Requested pixels per row of the upright image.</param>
    /// <param name="height">Requested rows of the upright image.</param>
    void Draft(int width, int height);

    /// <summary>
    /// Pushes every row as it is stored, from the top. Returns a refusal if the image is damaged, possibly after some
    /// rows.
    /// </summary>
    Refusal? DecodeTo<TRows>(ref TRows rows)
        where TRows : IRows, allows ref struct;
}

/// <summary>The scale at which a draft is decoded.</summary>
internal static class DraftScale
{
    /// <summary>Returns the divisor of the image's size: 8, 4, 2 or 1.</summary>
    public static int Of(IOpenedImage image, int width, int height) =>
        Math.Min(image.Width / width, image.Height / height) switch { >= 8 => 8, >= 4 => 4, >= 2 => 2, _ => 1 };
}
