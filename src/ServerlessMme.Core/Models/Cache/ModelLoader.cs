using System.Globalization;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Core.Models.Cache;

/// <summary>Downloads, verifies and opens a published version. Thread-safe.</summary>
/// <param name="options">Limits on a load outside the cache; null for the defaults.</param>
/// <param name="memory">Limits one run's memory; null for no limit.</param>
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

    /// <summary>The trunks that loaded models share. Reading them is cheap.</summary>
    internal IReadOnlyList<TrunkStatus> Trunks
    {
        get
        {
            IReadOnlyList<TrunkStatus> all = [];
            foreach (var factory in _factories.Values)
            {
                // Only one type of backend has trunks, so this rarely joins lists.
                var trunks = factory.Trunks;
                all = all.Count == 0 ? trunks : trunks.Count == 0 ? all : [.. all, .. trunks];
            }

            return all;
        }
    }

    /// <summary>The mapped files of loaded models, estimated by sampling; null if unknown.</summary>
    internal PageUse? Pages
    {
        get
        {
            // Only one type of backend maps files.
            foreach (var factory in _factories.Values)
            {
                if (factory.Pages is { } pages)
                {
                    return pages;
                }
            }

            return null;
        }
    }

    /// <summary>
    /// Loads a version outside the cache: the caller must reserve the memory and dispose the backend. Returns a refusal
    /// if the model is defective. Failures of storage or an endpoint are thrown.
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

    /// <summary>
    /// Downloads the files to local disk and verifies them. Returns a refusal if the artifact is invalid.
    /// </summary>
    /// <exception cref="ModelReplacedException">Another version has been published since.</exception>
    internal Task<Outcome<ModelFiles>> DownloadAsync(ModelDescriptor descriptor, CancellationToken cancellationToken) =>
        catalog.FetchAsync(descriptor, cancellationToken);

    /// <summary>
    /// Reads the manifest and creates the backend. Returns a refusal if the files are defective. Failures of an
    /// endpoint are thrown.
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

        allowance.MaxRunBytes = memory?.Runs.LargestBytes ?? long.MaxValue;
        var created = await factory.CreateAsync(descriptor, files, manifest, allowance, cancellationToken);
        if (!created.TryGet(out var backend, out refusal))
        {
            return refusal;
        }

        var model = new LoadedModel(descriptor, files.Digest, manifest, backend);
        if ((allowance.FindMisfit(descriptor.Name, backend.RunBytes(1)) ?? FindMisfit(model)) is not { } misfit)
        {
            return model;
        }

        backend.Dispose();
        return misfit;
    }

    private Refusal? FindMisfit(LoadedModel model) =>
        memory is null || model.TensorBytes(1) <= memory.Tensors.LargestBytes
            ? null
            : new Refusal(
                ErrorCode.ModelTooLarge,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The input tensor of model '{model.Descriptor.Name}' has {model.TensorBytes(1):N0} bytes, more than ")
                + string.Create(CultureInfo.InvariantCulture, $"the {memory.Tensors.LargestBytes:N0} bytes allowed ")
                + "for the tensors of one micro-batch. Raise Mme:Memory:ScoringBytes.");

    private static async Task<byte[]> ReadManifestAsync(ModelFiles files, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(files.ManifestPath);
        // Reading one byte above the limit is enough for the reader to refuse it.
        var json = new byte[(int)Math.Min(file.Length, ManifestReader.MaxBytes + 1)];
        await file.ReadExactlyAsync(json, cancellationToken);
        return json;
    }

    private Refusal RefuseBackend(ModelName model, string type) => new(
        ErrorCode.BackendNotAvailable,
        $"model.json of '{model}' requests the backend '{Printable.Text(type)}', but this app supports only "
        + $"{string.Join(", ", _factories.Keys.Order())}. Change backend.type, and then publish the model again.");
}

/// <summary>A loaded model. Use it only until its lease ends or its owner disposes it.</summary>
public sealed class LoadedModel(ModelDescriptor descriptor, string digest, Manifest manifest, IBackend backend)
{
    public ModelDescriptor Descriptor { get; } = descriptor;

    /// <summary>SHA-256 of the artifact, as <c>sha256:…</c>.</summary>
    public string Digest { get; } = digest;

    public Manifest Manifest { get; } = manifest;

    public IBackend Backend { get; } = backend;

    /// <summary>
    /// Memory for the input tensors of this many images, in bytes; 0 if the backend takes no tensors.
    /// </summary>
    public long TensorBytes(int images) => Backend.TakesTensors ? (long)images * Manifest.Input.ByteCount : 0;

    /// <summary>
    /// Returns the largest number of images, up to the given one, that stays within both limits; at least 1.
    /// </summary>
    /// <param name="tensorBytes">Maximum size of the tensors, in bytes.</param>
    /// <param name="runBytes">Maximum memory of a run, in bytes.</param>
    public int FitBatch(int images, long tensorBytes, long runBytes)
    {
        while (images > 1 && (TensorBytes(images) > tensorBytes || Backend.RunBytes(images) > runBytes))
        {
            images /= 2;
        }

        return images;
    }
}
