using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Imaging.Decoding;
using ServerlessMme.Imaging.Pixels;
using SkiaSharp;

namespace ServerlessMme.Imaging;

/// <summary>
/// Makes small JPEG copies of images, decoded within the product's limits. They contain nothing but pixels, so a page
/// can show them without trusting the original bytes. Thread-safe.
/// </summary>
/// <param name="decoding">Memory that images wait for in <see cref="MakeAsync"/>; null for no limit.</param>
public sealed class ThumbnailMaker(ImagingOptions options, MemoryGate? decoding = null)
{
    private const int Quality = 85;

    private readonly ImageDecoder _decoder = new(options);
    private readonly ImagePreprocessor _preprocessor = new(options, decoding);

    /// <summary>
    /// Makes a thumbnail of the whole image, upright. If the longer side has more than <paramref name="side"/> pixels,
    /// it is scaled to that length.
    /// </summary>
    public Outcome<byte[]> Make(EncodedImage image, int side)
    {
        if (!Measure(image).TryGet(out var size, out var refusal))
        {
            return refusal;
        }

        var input = InputOf(size.Width, size.Height, side);
        var pixels = new byte[input.ByteCount];
        return _preprocessor.Fill(image, input, pixels) is { } damaged
            ? damaged
            : Encode(pixels, input.Width, input.Height);
    }

    /// <summary>Makes a thumbnail like <see cref="Make"/>, once there is memory to decode the image.</summary>
    public async Task<Outcome<byte[]>> MakeAsync(EncodedImage image, int side, CancellationToken cancellationToken)
    {
        if (!Measure(image).TryGet(out var size, out var refusal))
        {
            return refusal;
        }

        var input = InputOf(size.Width, size.Height, side);
        using var pixels = new TensorBatch(input, 1);
        return await _preprocessor.FillAsync(image, input, pixels, 0, cancellationToken) is { } damaged
            ? damaged
            : Encode(pixels.Row(0), input.Width, input.Height);
    }

    private static InputSpec InputOf(int width, int height, int side)
    {
        var scale = Math.Min(1, (double)side / Math.Max(width, height));
        return new InputSpec(
            null, Scaled(width), Scaled(height), TensorLayout.NHWC, ChannelOrder.RGB, TensorType.UInt8,
            new ResizeSpec(ResizeMode.Stretch, ResizeFilter.Bicubic), 1, [0, 0, 0], [1, 1, 1],
            ImageOrientation.Exif, DecodeMode.Draft);

        int Scaled(int length) => Math.Max(1, (int)Math.Round(length * scale));
    }

    private Outcome<(int Width, int Height)> Measure(EncodedImage image)
    {
        if (!FormatCheck.Identify(image.Reference, image.Bytes.Span).TryGet(out var format, out var refusal))
        {
            return refusal;
        }

        using var opened = _decoder.Open(image, format, ImageOrientation.Exif, out refusal);
        return opened is null ? refusal! : (opened.Width, opened.Height);
    }

    private static byte[] Encode(ReadOnlySpan<byte> pixels, int width, int height)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var rgba = bitmap.GetPixelSpan();
        rgba.Fill(byte.MaxValue);
        for (var i = 0; i < width * height; i++)
        {
            pixels.Slice(i * 3, 3).CopyTo(rgba[(i * Rgbx.Bytes)..]);
        }

        using var jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, Quality);
        return jpeg.ToArray();
    }
}
