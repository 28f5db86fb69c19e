using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Imaging.Decoding;
using ServerlessMme.Imaging.Resampling;
using ServerlessMme.Imaging.Tensors;

namespace ServerlessMme.Imaging.Tests.Support;

/// <summary>Images as one of the decoders has them, at their own size.</summary>
internal static class Decoded
{
    private const int MaxPixels = 1_000_000;

    private static readonly ImageDecoder s_decoder = new(new ImagingOptions { MaxPixels = MaxPixels });

    /// <summary>3 bytes per pixel from the project's own decoder; null if it leaves the image to the library.</summary>
    public static byte[]? Here(ReadOnlySpan<byte> bytes, ImageOrientation orientation = ImageOrientation.Stored)
    {
        using var image = Given.Image(bytes);
        if (!FormatCheck.Identify(image.Reference, bytes).TryGet(out var format, out _))
        {
            return null;
        }

        using var opened = s_decoder.OpenPlain(image, format, orientation);
        return opened is null ? null : Pixels(opened);
    }

    /// <summary>
    /// 3 bytes per pixel from the library, which gets a lenient copy where it refuses; null if it refuses that too.
    /// </summary>
    public static byte[]? ByTheLibrary(
        ReadOnlySpan<byte> bytes, ImageOrientation orientation = ImageOrientation.Stored)
    {
        using var image = Given.Image(bytes);
        if (!FormatCheck.Identify(image.Reference, bytes).TryGet(out var format, out _))
        {
            return null;
        }

        using var opened = s_decoder.Open(image, format, orientation, out var refusal);
        if ((opened is null ? null : Pixels(opened)) is { } pixels)
        {
            return pixels;
        }

        using var copy = refusal is null or { Code: ErrorCode.TruncatedImage }
            ? LenientCopies.TryMake(image, format)
            : null;
        using var again = copy is null ? null : s_decoder.Open(copy, format, orientation, out _);
        return again is null ? null : Pixels(again);
    }

    /// <summary>3 bytes per pixel, as they are stored; null for a damaged image.</summary>
    public static byte[]? Pixels(IOpenedImage opened)
    {
        var (width, height) = opened.Transform.Transposed
            ? (opened.Height, opened.Width)
            : (opened.Width, opened.Height);
        var input = Given.Input(width, height);
        var pixels = new byte[input.ByteCount];
        var writer = new TensorWriter(input, new Normalization(input), pixels);
        var rows = new RowResampler(
            Axis.Create(AxisSpec.Whole(width, width, ResizeFilter.Bilinear)),
            Axis.Create(AxisSpec.Whole(height, height, ResizeFilter.Bilinear)),
            new TensorFrame(writer, input, default, width, height));
        var refusal = opened.DecodeTo(ref rows);
        rows.Dispose();
        return refusal is null ? pixels : null;
    }
}
