using ServerlessMme.Core.Images;

namespace ServerlessMme.Imaging.Decoding;

/// <summary>Rewrites files that Pillow reads but Skia refuses, so Skia reads them as Pillow does.</summary>
internal static class LenientCopies
{
    /// <summary>Returns a rewritten copy, or null if none of the known differences applies to the file.</summary>
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
