using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models.Manifests;
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
    private readonly ImageDecoder _decoder = new(options);
    private readonly AxisCache _axes = new();
    private readonly NormalisationCache _normalisations = new();

    /// <inheritdoc/>
    public Refusal? Fill(EncodedImage image, InputSpec input, Span<byte> tensor)
    {
        if (!FormatCheck.Identify(image.Reference, image.Bytes.Span).TryGet(out var format, out var refusal))
        {
            return refusal;
        }

        if (TryFillFromPlain(image, format, input, tensor))
        {
            return null;
        }

        refusal = Fill(image, format, input, tensor);
        if (refusal is not { Code: ErrorCode.TruncatedImage })
        {
            return refusal;
        }

        using var lenient = LenientCopies.TryMake(image, format);
        return lenient is null ? refusal : Fill(lenient, format, input, tensor);
    }

    private Refusal? Fill(EncodedImage image, ImageFormat format, InputSpec input, Span<byte> tensor)
    {
        using var opened = _decoder.Open(image, format, input.Orientation, out var refusal);
        return opened is null ? refusal : Fill(image, opened, input, tensor);
    }

    // What is wrong with an image is for the other decoder to say, which forgives as much as Pillow's does.
    private bool TryFillFromPlain(EncodedImage image, ImageFormat format, InputSpec input, Span<byte> tensor)
    {
        using var opened = _decoder.OpenPlain(image, format, input.Orientation);
        return opened is not null && Fill(image, opened, input, tensor) is null;
    }

    private Refusal? Fill(EncodedImage image, IOpenedImage opened, InputSpec input, Span<byte> tensor)
    {
        if (input.Resize.Mode == ResizeMode.None && (opened.Width != input.Width || opened.Height != input.Height))
        {
            return Refusals.WrongSize(image.Reference, opened.Width, opened.Height, input);
        }

        var placement = Placement.Of(opened.Width, opened.Height, input);
        if (input.Decode == DecodeMode.Draft)
        {
            opened.Draft(placement.Width, placement.Height);
            placement = Placement.Of(opened.Width, opened.Height, input);
        }

        var horizontal = _axes.Get(Across(opened, placement, input));
        var vertical = _axes.Get(Down(opened, placement, input));
        var frame = new TensorFrame(
            new TensorWriter(input, _normalisations.Get(input), tensor),
            input, placement, horizontal.TargetLength, vertical.TargetLength);
        return opened.Transform.Transposed
            ? FillByColumns(opened, new ColumnResampler(horizontal, vertical, frame, opened.Transform))
            : FillByRows(opened, new RowResampler(horizontal, vertical, frame, opened.Transform));
    }

    private static Refusal? FillByRows(IOpenedImage opened, RowResampler rows)
    {
        try
        {
            return opened.DecodeTo(ref rows);
        }
        finally
        {
            rows.Dispose();
        }
    }

    private static Refusal? FillByColumns(IOpenedImage opened, ColumnResampler rows)
    {
        try
        {
            if (opened.DecodeTo(ref rows) is { } refusal)
            {
                return refusal;
            }

            rows.Write();
            return null;
        }
        finally
        {
            rows.Dispose();
        }
    }

    // Positions are counted from the end where stored ones are. Upright rows may be stored columns.
    private static AxisSpec Across(IOpenedImage opened, Placement placement, InputSpec input)
    {
        var turn = opened.Transform;
        var spec = AxisSpec.Inside(
            opened.Width, placement.Across, placement.Width, placement.Left, input.Width, input.Resize.Filter);
        return spec with { IsMirrored = turn.Transposed ? turn.FromBottom : turn.FromRight };
    }

    private static AxisSpec Down(IOpenedImage opened, Placement placement, InputSpec input)
    {
        var turn = opened.Transform;
        var spec = AxisSpec.Inside(
            opened.Height, placement.Down, placement.Height, placement.Top, input.Height, input.Resize.Filter);
        return spec with { IsMirrored = turn.Transposed ? turn.FromRight : turn.FromBottom };
    }
}
