using Microsoft.Extensions.Options;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Core.Models.Cache;

/// <summary>Downloads, verifies and opens a published version. Thread-safe.</summary>
/// <param name="options">Limits on a load outside the cache; null for the defaults.</param>
/// <param name="memory">What one run may take; null for no bound.</param>
public sealed class ModelLoader(
    IModelCatalog catalog,
    IEnumerable<IBackendFactory> factories,
    IOptions<ModelCacheOptions>? options = null,
    WorkingMemory? memory = null)
{
    private readonly TimeSpan _loadTimeout = options?.Value.LoadTimeout ?? new ModelCacheOptions().LoadTimeout;
    private readonly long _budgetBytes = options?.Value.BudgetBytes ?? long.MaxValue;
    private readonly Dictionary<string, IBackendFactory> _factories =
        factories.ToDictionary(factory => factory.Type, StringComparer.Ordinal);

    /// <summary>
    /// Loads a version outside the cache: the caller decides whether there is memory, and disposes the backend. A
    /// defect of the model is a refusal; trouble with storage or an endpoint is thrown.
    /// </summary>
    /// <exception cref="ModelReplacedException">Another version has been published since.</exception>
    public async Task<Outcome<LoadedModel>> LoadAsync(
        ModelDescriptor descriptor, CancellationToken cancellationToken)
    {
        var downloaded = await DownloadAsync(descriptor, cancellationToken);
        return downloaded.TryGet(out var files, out var refusal)
            ? await OpenAsync(descriptor, files,
                new LoadAllowance(_loadTimeout, _budgetBytes), cancellationToken)
            : refusal;
    }

    /// <summary>Brings the verified files to local disk. A bad artifact is a refusal.</summary>
    /// <exception cref="ModelReplacedException">Another version has been published since.</exception>
    internal Task<Outcome<ModelFiles>> DownloadAsync(ModelDescriptor descriptor, CancellationToken cancellationToken) =>
        catalog.FetchAsync(descriptor, cancellationToken);

    /// <summary>
    /// Reads the manifest and creates the backend. A defect of the files is a refusal; trouble with an endpoint is
    /// thrown.
    /// </summary>
    internal async Task<Outcome<LoadedModel>> OpenAsync(
        ModelDescriptor descriptor, ModelFiles files, LoadAllowance allowance, CancellationToken cancellationToken)
    {
        var read = ManifestReader.Read(descriptor.Name, await ReadManifestAsync(files, cancellationToken));
        if (!read.TryGet(out var manifest, out var refusal))
        {
            return refusal;
        }

        if (!_factories.TryGetValue(manifest.Backend.Type, out var factory))
        {
            return RefuseBackend(descriptor.Name, manifest.Backend.Type);
        }

        // The tensors of one image leave the rest of the largest part to its run.
        var most = (memory?.Scoring.LargestBytes ?? long.MaxValue) - manifest.Input.ByteCount;
        allowance.MaxRunBytes = Math.Max(0, most);
        var created = await factory.CreateAsync(descriptor, files, manifest, allowance, cancellationToken);
        if (!created.TryGet(out var backend, out refusal))
        {
            return refusal;
        }

        if (allowance.FindMisfit(descriptor.Name, backend.RunBytes(1)) is not { } misfit)
        {
            return new LoadedModel(descriptor, files.Digest, manifest, backend);
        }

        backend.Dispose();
        return misfit;
    }

    private static async Task<byte[]> ReadManifestAsync(ModelFiles files, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(files.ManifestPath);
        // One byte above the limit is enough for the reader to refuse it.
        var json = new byte[(int)Math.Min(file.Length, ManifestReader.MaxBytes + 1)];
        await file.ReadExactlyAsync(json, cancellationToken);
        return json;
    }

    private Refusal RefuseBackend(ModelName model, string type) => new(
        ErrorCode.BackendNotAvailable,
        $"The manifest of '{model}' asks for the backend '{Printable.Text(type)}', but this application has "
        + $"{string.Join(", ", _factories.Keys.Order())} only.");
}

/// <summary>A model that can answer. It may be used until its lease, or its owner, ends.</summary>
public sealed class LoadedModel(ModelDescriptor descriptor, string digest, Manifest manifest, IBackend backend)
{
    public ModelDescriptor Descriptor { get; } = descriptor;

    /// <summary>SHA-256 of the artifact, as <c>sha256:…</c>.</summary>
    public string Digest { get; } = digest;

    public Manifest Manifest { get; } = manifest;

    public IBackend Backend { get; } = backend;

    /// <summary>Memory that scoring this many images together takes, in bytes: their tensors, and the run.</summary>
    public long ScoringBytes(int images) =>
        (Backend.TakesTensors ? (long)images * Manifest.Input.ByteCount : 0) + Backend.RunBytes(images);

    /// <summary>The most images, up to <paramref name="images"/>, whose scoring takes at most the bytes; at least 1.</summary>
    public int FitBatch(int images, long bytes)
    {
        while (images > 1 && ScoringBytes(images) > bytes)
        {
            images /= 2;
        }

        return images;
    }
}
