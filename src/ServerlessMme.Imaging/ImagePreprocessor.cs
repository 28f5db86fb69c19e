using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Imaging.Decoding;
using ServerlessMme.Imaging.Resampling;
using ServerlessMme.Imaging.Tensors;

namespace ServerlessMme.Imaging;

/// <summary>
/// Makes the same tensor as Pillow's <c>Image.open(…).convert("RGB").resize(…)</c> and NumPy. Resize modes other than
/// stretching match torchvision and Pillow's <c>ImageOps</c>. Thread-safe: calls share only immutable data and
/// concurrent caches.
/// </summary>
/// <param name="decoding">Memory that images wait for in <see cref="FillAsync"/>; null for no limit.</param>
public sealed class ImagePreprocessor(ImagingOptions options, MemoryGate? decoding = null) : IImagePreprocessor
{
    private readonly ImageDecoder _decoder = new(options);
    private readonly AxisCache _axes = new();
    private readonly NormalizationCache _normalizations = new();

    /// <summary>
    /// Fills a row of <paramref name="tensors"/> with the image once there is memory to decode it. Images get memory in
    /// order of arrival. Returns a refusal if the bytes are not an image within the limits, or if decoding takes more
    /// memory than one image may use. The row's content is undefined in this case.
    /// </summary>
    public async ValueTask<Refusal?> FillAsync(
        EncodedImage image, InputSpec input, TensorBatch tensors, int row, CancellationToken cancellationToken)
    {
        using var attempts = new DecodeAttempts(_decoder, _axes, image, input);
        while (attempts.MoveNext())
        {
            var opened = attempts.Current!;
            var needed = decoding is null ? 0 : attempts.Bytes;
            if (decoding is not null && needed > decoding.LargestBytes)
            {
                attempts.Report(Refusals.TooMuchMemory(
                    image.Reference, opened.Width, opened.Height, needed, decoding.LargestBytes,
                    "Mme:Memory:DecodingBytes", MemoryGate.CapacityFor(needed)));
                continue;
            }

            // A failed attempt releases its memory before the next attempt waits for memory.
            var isLarge = LargeImages.IsLarge(opened.StoredPixels);
            using var turn = isLarge ? await LargeImages.WaitAsync(cancellationToken) : null;
            using var lease = decoding is null ? null : await decoding.AcquireAsync(needed, cancellationToken);
            if (isLarge)
            {
                await LargeImages.RunAsync(() => Fill(attempts, input, tensors.Row(row)));
            }
            else
            {
                Fill(attempts, input, tensors.Row(row));
            }
        }

        return attempts.Refusal;
    }

    /// <summary>Fills a tensor of <see cref="InputSpec.ByteCount"/> bytes.</summary>
    public Refusal? Fill(EncodedImage image, InputSpec input, Span<byte> tensor)
    {
        using var attempts = new DecodeAttempts(_decoder, _axes, image, input);
        while (attempts.MoveNext())
        {
            Fill(attempts, input, tensor);
        }

        return attempts.Refusal;
    }

    private void Fill(DecodeAttempts attempts, InputSpec input, Span<byte> tensor) =>
        attempts.Report(attempts.Current!.Fill(_normalizations.Get(input), tensor));
}
