using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Core.Images;

/// <summary>Turns encoded images into input tensors. Thread-safe.</summary>
public interface IImagePreprocessor
{
    /// <summary>
    /// Fills <paramref name="tensor"/> (<see cref="InputSpec.ByteCount"/> bytes) with the tensor that the model was
    /// trained on. Returns a refusal, and leaves the tensor undefined, when the bytes are no image within the limits.
    /// </summary>
    Refusal? Fill(EncodedImage image, InputSpec input, Span<byte> tensor);
}
