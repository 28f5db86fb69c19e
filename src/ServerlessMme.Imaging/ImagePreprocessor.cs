using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Imaging.Decoding;
using ServerlessMme.Imaging.Resampling;
using ServerlessMme.Imaging.Tensors;

namespace ServerlessMme.Imaging;

/// <summary>
/// Makes the tensor that Pillow's <c>Image.open(…).convert("RGB").resize(…)</c> and NumPy would have made; modes other
/// than stretching do what torchvision and Pillow's <c>ImageOps</c> do with Pillow images.
/// Thread-safe: what calls share is immutable or a concurrent cache.
/// </summary>
public sealed class ImagePreprocessor(ImagingOptions options) : IImagePreprocessor
{
#pragma warning disable CA2211
    public static int Fallbacks;
    private readonly ImageDecoder _decoder = new(options);
    private readonly AxisCache _axes = new();
    private readonly NormalisationCache _normalisations = new();

    /// <inheritdoc/>
    public Refusal? Fill(EncodedImage image, InputSpec input, Span<byte> tensor)
    {
        if (!FormatCheck.Identify(image.Reference, image.Bytes.Span).TryGet(out var format, out var refusal))
            return refusal;
        if (format == ImageFormat.Jpeg && System.Runtime.Intrinsics.X86.Avx2.IsSupported && input.Decode == DecodeMode.Full
            && Environment.GetEnvironmentVariable("OLDJPEG") == null && input.Resize.Mode != ResizeMode.None && input.Orientation == ImageOrientation.Stored)
        {
            var tables = Jpeg.JpegTables.Take();
            if (Jpeg.JpegHeader.TryRead(image.Bytes.Span, tables) is { } header)
            {
                var pl = Placement.Of(header.Width, header.Height, input);
                var rr = Resample(header.Width, header.Height, pl, input, tensor);
                var ok = Jpeg.JpegDecoder.TryDecode(image.Bytes.Span, header, tables, ref rr);
                rr.Dispose();
                Jpeg.JpegTables.Return(tables);
                if (ok)
                    return null;
                System.Threading.Interlocked.Increment(ref Fallbacks);
            }
            else
                System.Threading.Interlocked.Increment(ref Fallbacks);
        }

        using var opened = _decoder.Open(image, format, input.Orientation, out refusal);
        if (opened is null)
            return refusal;
        if (input.Resize.Mode == ResizeMode.None && (opened.Width != input.Width || opened.Height != input.Height))
            return Refusals.WrongSize(image.Reference, opened.Width, opened.Height, input);
        var placement = Placement.Of(opened.Width, opened.Height, input);
        if (input.Decode == DecodeMode.Draft)
        {
            opened.Draft(placement.Width, placement.Height);
            placement = Placement.Of(opened.Width, opened.Height, input);
        }

        var rows = Resample(opened.Width, opened.Height, placement, input, tensor);
        try
        {
            return opened.DecodeTo(ref rows);
        }
        finally
        {
            rows.Dispose();
        }
    }

    private RowResampler Resample(int width, int height, Placement placement, InputSpec input, Span<byte> tensor)
    {
        var filter = input.Resize.Filter;
        var horizontal = _axes.Get(
            AxisSpec.Inside(width, placement.Width, placement.Left, input.Width, filter));
        var vertical = _axes.Get(
            AxisSpec.Inside(height, placement.Height, placement.Top, input.Height, filter));
        var writer = new TensorWriter(input, _normalisations.Get(input), tensor);
        return new RowResampler(horizontal, vertical, new TensorFrame(
            writer, input, placement, horizontal.TargetLength, vertical.TargetLength));
    }
}
