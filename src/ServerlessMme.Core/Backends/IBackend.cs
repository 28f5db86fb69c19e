using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Core.Backends;

/// <summary>Scores images with one loaded model, in process or at an endpoint. Thread-safe until disposed.</summary>
public interface IBackend : IDisposable
{
    /// <summary>The manifest's <c>backend.type</c>: <c>onnx</c> or <c>sagemaker</c>.</summary>
    string Type { get; }

    /// <summary>True when the backend reads tensors, false when it reads encoded images.</summary>
    bool TakesTensors { get; }

    /// <summary>Maximum number of images per call, at least 1.</summary>
    int MaxBatch { get; }

    /// <summary>
    /// Private memory that the loaded model holds until it is disposed, in bytes: measured, or an upper bound.
    /// Memory-mapped files don't count, because they can be dropped and read again: <see cref="Pages"/>. Read after the
    /// load and after each use, so it must be cheap.
    /// </summary>
    long PrivateBytes { get; }

    /// <summary>
    /// Memory that one call takes until it returns, in bytes, besides the images and tensors that it is given, and
    /// copies of the images: measured, or an upper bound. Cheap.
    /// </summary>
    /// <param name="images">Images of the call, at most <see cref="MaxBatch"/>.</param>
    long RunBytes(int images);

    /// <summary>
    /// The part of the network that it shares with other models, as <see cref="TrunkStatus.Id"/>; null when it shares
    /// none.
    /// </summary>
    string? Trunk => null;

    /// <summary>
    /// The mapped files that it reads, and how much of them is in memory, by a sample; null when that isn't known. What
    /// models share is in the figures of each.
    /// </summary>
    PageUse? Pages => null;

    /// <summary>
    /// How long it took to open from what is kept on disk, and so what an eviction costs; null when that isn't known.
    /// </summary>
    TimeSpan? ReloadTime => null;

    /// <summary>
    /// False when it is known that the next call has to wait until mapped files are read again. Cheap.
    /// </summary>
    bool IsResident => true;

    /// <summary>Begins to read mapped files that aren't in memory, and returns at once.</summary>
    void Prefetch()
    {
    }

    /// <summary>
    /// Scores each image of the batch: one array per image, with one score per label in the manifest's order. A problem
    /// with an image or the model is a refusal; any other failure is thrown.
    /// </summary>
    ValueTask<IReadOnlyList<Outcome<float[]>>> ScoreAsync(ImageBatch batch, CancellationToken cancellationToken);
}

/// <summary>Creates backends of one type.</summary>
public interface IBackendFactory
{
    /// <summary>The manifest's <c>backend.type</c> that this factory serves.</summary>
    string Type { get; }

    /// <summary>
    /// The trunks in memory. Their bytes are in no backend's <see cref="IBackend.PrivateBytes"/>. Cheap.
    /// </summary>
    IReadOnlyList<TrunkStatus> Trunks => [];

    /// <summary>
    /// The mapped files of all its backends, each counted once, by a sample; null when that isn't known.
    /// </summary>
    PageUse? Pages => null;

    /// <summary>
    /// Loads a model's files. A model that breaks the contract, or takes more than is allowed, is a refusal.
    /// </summary>
    Task<Outcome<IBackend>> CreateAsync(ModelDescriptor descriptor, ModelFiles files, Manifest manifest,
        LoadAllowance allowance, CancellationToken cancellationToken);
}

/// <summary>A part of a network that several loaded models share. It leaves memory with the last of them.</summary>
/// <param name="Id">Names its content: the first 12 hexadecimal digits of its hash.</param>
/// <param name="PrivateBytes">As <see cref="IBackend.PrivateBytes"/>, counted once.</param>
/// <param name="Heads">The loaded models that use it.</param>
public sealed record TrunkStatus(string Id, long PrivateBytes, int Heads);

/// <summary>Mapped files, in bytes.</summary>
/// <param name="MappedBytes">What models read of them.</param>
/// <param name="ResidentBytes">The part of it that is in memory.</param>
/// <param name="TargetBytes">
/// What all mapped files under the memory limit are to take, other processes' included; null for one model, and where
/// no limit is known.
/// </param>
public readonly record struct PageUse(long MappedBytes, long ResidentBytes, long? TargetBytes = null)
{
    /// <summary>A read of less takes about as long as one of a few pages.</summary>
    private const int ShareMissing = 16;

    /// <summary>
    /// True when more than a sixteenth has left memory: the next use of a model has to wait for the disk.
    /// </summary>
    public bool IsCold => MappedBytes - ResidentBytes > MappedBytes / ShareMissing;
}
