using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Imaging.Decoding;
using ServerlessMme.Imaging.Resampling;
using ServerlessMme.Imaging.Tensors;

namespace ServerlessMme.Imaging;

/// <summary>
/// Makes the tensor that Pillow's <c>Image.open(…).convert("RGB").resize(…)</c> and NumPy would have made.
/// Thread-safe: what calls share is immutable or a concurrent cache.
/// </summary>
public sealed class ImagePreprocessor(ImagingOptions options) : IImagePreprocessor
{
    private readonly ImageDecoder _decoder = new(options);
    private readonly AxisCache _axes = new();
    private readonly NormalisationCache _normalisations = new();

    /// <inheritdoc/>
    public Refusal? Fill(EncodedImage image, InputSpec input, Span<byte> tensor)
    {
        if (!FormatCheck.Identify(image.Reference, image.Bytes.Span).TryGet(out var format, out var refusal))
            return refusal;
        using var opened = _decoder.Open(image, format, out refusal);
        if (opened is null)
            return refusal;
        var rows = new RowResampler(
            _axes.Get(opened.Width, input.Width, input.Resize.Filter),
            _axes.Get(opened.Height, input.Height, input.Resize.Filter),
            new TensorWriter(input, _normalisations.Get(input), tensor));
        try
        {
            return opened.DecodeTo(ref rows);
        }
        finally
        {
            rows.Dispose();
        }
    }
}
