using ServerlessMme.Core.Failures;
using ServerlessMme.Imaging.Resampling;

namespace ServerlessMme.Imaging.Decoding;

/// <summary>An image whose header was read, and whose pixels were not.</summary>
internal interface IOpenedImage : IDisposable
{
    /// <summary>Pixels a row, as the image is seen.</summary>
    int Width { get; }

    /// <summary>Rows, as the image is seen.</summary>
    int Height { get; }

    /// <summary>True when all pixels have to be in memory at once.</summary>
    bool IsWhole { get; }

    /// <summary>
    /// Has a JPEG decoded at a half, a quarter or an eighth of its size, as long as that is no smaller than what is
    /// wanted, as Pillow's <c>draft</c> does. Does nothing to other formats.
    /// </summary>
    /// <param name="width">Pixels a row that are wanted, as the image is seen.</param>
    /// <param name="height">Rows that are wanted, as the image is seen.</param>
    void Draft(int width, int height);

    /// <summary>Hands over every row from the top. A damaged image is a refusal, after some rows or none.</summary>
    Refusal? DecodeTo(ref RowResampler rows);
}

/// <summary>The part of its size at which an image is decoded.</summary>
internal static class DraftScale
{
    /// <summary>8, 4, 2 or 1.</summary>
    public static int Of(IOpenedImage image, int width, int height) =>
        Math.Min(image.Width / width, image.Height / height) switch { >= 8 => 8, >= 4 => 4, >= 2 => 2, _ => 1 };
}
