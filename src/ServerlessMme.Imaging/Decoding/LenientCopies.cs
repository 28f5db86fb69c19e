using ServerlessMme.Core.Images;

namespace ServerlessMme.Imaging.Decoding;

/// <summary>Rewrites files that Skia refuses and Pillow reads, so that Skia reads them as Pillow does.</summary>
internal static class LenientCopies
{
    /// <summary>A rewritten copy; null if no difference is known that concerns the file.</summary>
    public static EncodedImage? TryMake(EncodedImage image, ImageFormat format)
    {
        var length = 0;
        var copy = format switch
        {
            ImageFormat.Png => LenientPng.TryRent(image.Bytes.Span, out length),
            ImageFormat.Bmp => LenientBmp.TryRent(image.Bytes.Span, out length),
            _ => null,
        };
        return copy is null ? null : new EncodedImage(image.Reference, copy, length);
    }
}
