using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Core.Backends;

/// <summary>What answers for one loaded model: in process, or behind an endpoint. Thread-safe until disposed.</summary>
public interface IBackend : IDisposable
{
    /// <summary>The manifest's <c>backend.type</c>: <c>onnx</c> or <c>sagemaker</c>.</summary>
    string Type { get; }

    /// <summary>True when the backend reads tensors, false when it reads encoded images.</summary>
    bool TakesTensors { get; }

    /// <summary>Images that one call may hold, at least 1.</summary>
    int MaxBatch { get; }

    /// <summary>
    /// Memory of this process that the loaded model keeps to itself until it is disposed: measured, or an upper bound.
    /// Files mapped from disk do not count: the system takes them back when memory is short. Read after the load and
    /// after each use, so it must be cheap.
    /// </summary>
    long PrivateBytes { get; }

    /// <summary>
    /// Scores each image of the batch: one array per image, a score per label, in the manifest's order.
    /// What is wrong with an image or the model is a refusal; trouble on the way is thrown.
    /// </summary>
    ValueTask<IReadOnlyList<Outcome<float[]>>> ScoreAsync(ImageBatch batch, CancellationToken cancellationToken);
}

/// <summary>Makes the backends of one type.</summary>
public interface IBackendFactory
{
    /// <summary>The manifest's <c>backend.type</c> that this factory serves.</summary>
    string Type { get; }

    /// <summary>Loads a model's files. A model that breaks the contract is a refusal.</summary>
    Task<Outcome<IBackend>> CreateAsync(
        ModelDescriptor descriptor, ModelFiles files, Manifest manifest, CancellationToken cancellationToken);
}
