using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Core.Images;

/// <summary>Turns encoded images into input tensors. Thread-safe.</summary>
public interface IImagePreprocessor
{
    /// <summary>
    /// Fills <paramref name="tensor"/> (<see cref="InputSpec.ByteCount"/> bytes) with the image, preprocessed as in the
    /// model's training. Returns a refusal when the bytes are not an image within the limits; the tensor's content is
    /// then undefined.
    /// </summary>
    Refusal? Fill(EncodedImage image, InputSpec input, Span<byte> tensor);
}
