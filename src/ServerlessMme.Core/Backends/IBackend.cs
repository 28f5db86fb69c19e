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

    /// <summary>True if the backend reads tensors, false if it reads encoded images.</summary>
    bool TakesTensors { get; }

    /// <summary>Maximum number of images per call, at least 1.</summary>
    int MaxBatch { get; }

    /// <summary>
    /// Private memory held by the loaded model until it is disposed, in bytes: measured, or an upper bound.
    /// Memory-mapped files don't count, because the system can drop and read them again: see <see cref="Pages"/>. Read
    /// after the load and after each use, so it must be cheap.
    /// </summary>
    long PrivateBytes { get; }

    /// <summary>
    /// Returns the memory that one call takes until it returns, in bytes, apart from the images and tensors passed to
    /// it and copies of the images: measured, or an upper bound. Must be cheap.
    /// </summary>
    /// <param name="images">Number of images in the call, at most <see cref="MaxBatch"/>.</param>
    long RunBytes(int images);

    /// <summary>
    /// The part of the network that the model shares with others, as <see cref="TrunkStatus.Id"/>; null if it shares
    /// none.
    /// </summary>
    string? Trunk => null;

    /// <summary>
    /// The mapped files that the model reads and how much of them is in memory, estimated by sampling; null if unknown.
    /// Bytes shared by several models are included in each model's figures.
    /// </summary>
    PageUse? Pages => null;

    /// <summary>
    /// How long it took to open the model from disk, which is the cost of evicting it; null if unknown.
    /// </summary>
    TimeSpan? ReloadTime => null;

    /// <summary>
    /// False if the next call is known to wait until mapped files are read again. Must be cheap.
    /// </summary>
    bool IsResident => true;

    /// <summary>Starts reading mapped files that aren't in memory, and returns at once.</summary>
    void Prefetch()
    {
    }

    /// <summary>
    /// Scores each image of the batch. Returns one array per image, with one score per label in the manifest's order.
    /// Problems with an image or the model are returned as refusals; all other failures are thrown.
    /// </summary>
    ValueTask<IReadOnlyList<Outcome<float[]>>> ScoreAsync(ImageBatch batch, CancellationToken cancellationToken);
}

/// <summary>Creates backends of one type.</summary>
public interface IBackendFactory
{
    /// <summary>The manifest's <c>backend.type</c> that this factory serves.</summary>
    string Type { get; }

    /// <summary>
    /// The trunks in memory. Their bytes aren't part of any <see cref="IBackend.PrivateBytes"/>. Must be cheap.
    /// </summary>
    IReadOnlyList<TrunkStatus> Trunks => [];

    /// <summary>
    /// The mapped files of all backends of this type, each counted once, estimated by sampling; null if unknown.
    /// </summary>
    PageUse? Pages => null;

    /// <summary>
    /// Loads a model's files. Returns a refusal if the model violates the contract or exceeds its allowance.
    /// </summary>
    Task<Outcome<IBackend>> CreateAsync(ModelDescriptor descriptor, ModelFiles files, Manifest manifest,
        LoadAllowance allowance, CancellationToken cancellationToken);
}

/// <summary>A part of a network shared by several loaded models. It is freed with the last of them.</summary>
/// <param name="Id">Identifies its content: the first 12 hexadecimal digits of its hash.</param>
/// <param name="PrivateBytes">As <see cref="IBackend.PrivateBytes"/>, counted once.</param>
/// <param name="Heads">The loaded models that use it.</param>
public sealed record TrunkStatus(string Id, long PrivateBytes, int Heads);

/// <summary>Mapped files, in bytes.</summary>
/// <param name="MappedBytes">The bytes that models read.</param>
/// <param name="ResidentBytes">The bytes among them that are in memory.</param>
/// <param name="TargetBytes">
/// The target for all mapped files under the memory limit, including other processes'; null for one model, and if no
/// limit is known.
/// </param>
public readonly record struct PageUse(long MappedBytes, long ResidentBytes, long? TargetBytes = null)
{
    /// <summary>
    /// Divisor of the mapped bytes. Reading a smaller share takes about as long as reading a few pages.
    /// </summary>
    private const int ShareMissing = 16;

    /// <summary>
    /// True if more than a sixteenth of the mapped bytes isn't in memory, so the model's next use waits for the disk.
    /// </summary>
    public bool IsCold => MappedBytes - ResidentBytes > MappedBytes / ShareMissing;
}
