using System.Collections.Concurrent;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Benchmarks.Group;

/// <summary>
/// Remembers which images each model scored together, so that plain sessions can be given the same batches.
/// Thread-safe.
/// </summary>
internal sealed class RecordedBatches(IBackendFactory factory) : IBackendFactory
{
    private readonly ConcurrentBag<(ModelName Model, IReadOnlyList<string> Images)> _batches = [];

    public string Type => factory.Type;

    public IReadOnlyList<TrunkStatus> Trunks => factory.Trunks;

    /// <summary>The names of the images that a model scored together.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Of(ModelName model) =>
        [.. _batches.Where(batch => batch.Model == model).Select(batch => batch.Images)];

    /// <summary>Forgets what was scored so far.</summary>
    public void Clear() => _batches.Clear();

    public async Task<Outcome<IBackend>> CreateAsync(ModelDescriptor descriptor, ModelFiles files, Manifest manifest,
        LoadAllowance allowance, CancellationToken cancellationToken)
    {
        var created = await factory.CreateAsync(descriptor, files, manifest, allowance, cancellationToken);
        return created.TryGet(out var backend, out var refusal)
            ? new Backend(this, descriptor.Name, backend)
            : refusal;
    }

    private sealed class Backend(RecordedBatches batches, ModelName model, IBackend backend) : IBackend
    {
        public string Type => backend.Type;

        public bool TakesTensors => backend.TakesTensors;

        public int MaxBatch => backend.MaxBatch;

        public long PrivateBytes => backend.PrivateBytes;

        public string? Trunk => backend.Trunk;

        public long RunBytes(int images) => backend.RunBytes(images);

        public ValueTask<IReadOnlyList<Outcome<float[]>>> ScoreAsync(
            ImageBatch batch, CancellationToken cancellationToken)
        {
            batches._batches.Add((model, [.. batch.Images.Select(image => image.Reference.Name)]));
            return backend.ScoreAsync(batch, cancellationToken);
        }

        public void Dispose() => backend.Dispose();
    }
}
