using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Core.Models.Cache;

/// <summary>Brings a published version to where it can answer: files, manifest, backend. Thread-safe.</summary>
public sealed class ModelLoader(IModelCatalog catalog, IEnumerable<IBackendFactory> factories)
{
    private readonly Dictionary<string, IBackendFactory> _factories =
        factories.ToDictionary(factory => factory.Type, StringComparer.Ordinal);

    /// <summary>Brings the files to local disk. A bad artifact is a refusal, trouble on the way is thrown.</summary>
    /// <exception cref="ModelReplacedException">Another version is published by now.</exception>
    public Task<Outcome<ModelFiles>> FetchAsync(ModelDescriptor descriptor, CancellationToken cancellationToken) =>
        catalog.FetchAsync(descriptor, cancellationToken);

    /// <summary>Loads the files. What is wrong with them is a refusal, trouble on the way is thrown.</summary>
    public async Task<Outcome<LoadedModel>> CreateAsync(
        ModelDescriptor descriptor, ModelFiles files, CancellationToken cancellationToken)
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

        var created = await factory.CreateAsync(descriptor, files, manifest, cancellationToken);
        return created.TryGet(out var backend, out refusal)
            ? new LoadedModel(descriptor, files.Digest, manifest, backend)
            : refusal;
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
