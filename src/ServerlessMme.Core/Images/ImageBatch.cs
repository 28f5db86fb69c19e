namespace ServerlessMme.Core.Images;

/// <summary>A micro-batch for a backend to score.</summary>
/// <param name="Images">The images, encoded. A backend that takes tensors reads only their references.</param>
/// <param name="Tensors">Row i is the tensor of image i; null for a backend that takes encoded images.</param>
/// <param name="Shared">
/// Results that other models have computed from the same tensors; null if no other model scores them.
/// </param>
public sealed record ImageBatch(
    IReadOnlyList<EncodedImage> Images, TensorBatch? Tensors, SharedRuns? Shared = null);
