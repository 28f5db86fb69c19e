using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Core.Images;

/// <summary>Turns encoded images into input tensors. Thread-safe.</summary>
public interface IImagePreprocessor
{
    /// <summary>
    /// Fills a row of <paramref name="tensors"/> with the image, preprocessed as in the model's training. Waits for
    /// memory to decode it. Returns a refusal if the bytes are not an image within the limits; the row's content is
    /// then undefined.
    /// </summary>
    ValueTask<Refusal?> FillAsync(
        EncodedImage image, InputSpec input, TensorBatch tensors, int row, CancellationToken cancellationToken);
}
