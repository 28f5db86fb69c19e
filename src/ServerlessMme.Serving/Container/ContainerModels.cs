using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Catalogs;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Serving.Errors;
using ServerlessMme.Serving.Invocations;
using ServerlessMme.Serving.Settings;

namespace ServerlessMme.Serving.Container;

/// <summary>
/// The models that SageMaker told this container to load. SageMaker decides what is loaded and unloaded, so that the
/// warm cache, which decides itself, has no part in it. Thread-safe.
/// </summary>
/// <param name="root">Folder that models may be loaded from.</param>
internal sealed class ContainerModels(
    string root, IEnumerable<IBackendFactory> factories, IOptions<ServeOptions> options) : IAsyncDisposable
{
    private const double MemoryShare = 0.9;

    private readonly Dictionary<string, IBackendFactory> _factories = factories.ToDictionary(f => f.Type);
    private readonly ConcurrentDictionary<string, ContainerModel> _models = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _loading = new(1);

    /// <summary>All of them, by name.</summary>
    public IReadOnlyList<ContainerModel> All =>
        [.. _models.Values.OrderBy(model => model.Name, StringComparer.Ordinal)];

    public ContainerModel? Find(string name) => _models.GetValueOrDefault(name);

    /// <summary>Loads a model folder, one at a time.</summary>
    /// <exception cref="ServeException">409 when it is loaded, 507 without memory, 400 when it cannot be.</exception>
    public async Task LoadAsync(string name, string url, CancellationToken cancellationToken)
    {
        await _loading.WaitAsync(cancellationToken);
        try
        {
            if (_models.ContainsKey(name))
            {
                throw Refuse(409, "ConflictStatusException", $"Model '{Printable.Text(name)}' is loaded already.");
            }

            _models[name] = new ContainerModel(name, url, await LoadAsync(url, cancellationToken));
        }
        finally
        {
            _loading.Release();
        }
    }

    /// <summary>Unloads a model; done when its memory is free.</summary>
    /// <exception cref="ServeException">404 when it is not loaded.</exception>
    public async Task UnloadAsync(string name)
    {
        if (!_models.TryRemove(name, out var model))
        {
            throw NotLoaded(name);
        }

        await model.UnloadAsync();
    }

    public static ServeException NotLoaded(string name) =>
        Refuse(404, "ModelNotFoundException", $"Model '{Printable.Text(name)}' is not loaded.");

    public async ValueTask DisposeAsync()
    {
        foreach (var name in _models.Keys)
        {
            if (_models.TryRemove(name, out var model))
            {
                await model.UnloadAsync();
            }
        }

        _loading.Dispose();
    }

    private async Task<ServedModel> LoadAsync(string url, CancellationToken cancellationToken)
    {
        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(url));
        var parent = Path.TrimEndingDirectorySeparator(root) + Path.DirectorySeparatorChar;
        if (!folder.StartsWith(parent, StringComparison.Ordinal)
            || !ModelName.Parse(Path.GetFileName(folder)).TryGet(out var name, out _))
        {
            throw Refuse(
                400, "BadRequestException", $"'{Printable.Text(url)}' is no model folder under the models' root.");
        }

        var catalog = new FolderModelCatalog(Path.GetDirectoryName(folder)!);
        if (await catalog.FindAsync(name, cancellationToken) is not { } descriptor)
        {
            throw Refuse(400, "BadRequestException", $"There is no model.json in '{Printable.Text(url)}'.");
        }

        CheckMemory(descriptor.Bytes);
        if (!(await catalog.FetchAsync(descriptor, cancellationToken)).TryGet(out var files, out var refusal))
        {
            throw Refuse(refusal);
        }

        var json = await File.ReadAllBytesAsync(files.ManifestPath, cancellationToken);
        if (!ManifestReader.Read(name, json).TryGet(out var manifest, out refusal))
        {
            throw Refuse(refusal);
        }

        if (!_factories.TryGetValue(manifest.Backend.Type, out var factory))
        {
            throw Refuse(400, nameof(ErrorCode.BackendNotAvailable),
                $"There is no backend '{Printable.Text(manifest.Backend.Type)}' here.");
        }

        var created = await factory.CreateAsync(descriptor, files, manifest, cancellationToken);
        if (!created.TryGet(out var backend, out refusal))
        {
            throw Refuse(refusal);
        }

        return new ServedModel(
            new AnsweringModel(name.Value, descriptor.Version, files.Digest, backend.Type), manifest, backend);
    }

    /// <summary>SageMaker answers 507 by unloading another model and asking again.</summary>
    private void CheckMemory(long bytes)
    {
        var limit = options.Value.MaxMemoryBytes > 0
            ? options.Value.MaxMemoryBytes
            : (long)(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * MemoryShare);
        var used = Environment.WorkingSet;
        if (used + bytes > limit)
        {
            throw OutOfMemory($"A model of {bytes} bytes does not fit beside the {used} bytes in use.");
        }
    }

    private static ServeException Refuse(Refusal refusal) =>
        refusal.Message.Contains("allocate memory", StringComparison.OrdinalIgnoreCase)
            ? OutOfMemory(refusal.Message)
            : Refuse(400, refusal.Code.ToString(), refusal.Message);

    private static ServeException OutOfMemory(string message) => Refuse(507, "InsufficientStorageException", message);

    private static ServeException Refuse(int status, string code, string message) =>
        new(new ServeError(status, code, message));
}
