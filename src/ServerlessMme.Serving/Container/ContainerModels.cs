using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Models.Catalogs;
using ServerlessMme.Serving.Errors;
using ServerlessMme.Serving.Invocations;
using ServerlessMme.Serving.Settings;

namespace ServerlessMme.Serving.Container;

/// <summary>
/// The models that SageMaker told this container to load. They bypass the cache, because SageMaker decides what is
/// loaded and unloaded. Thread-safe.
/// </summary>
/// <param name="root">The only folder that models may be loaded from.</param>
internal sealed class ContainerModels(
    string root,
    IEnumerable<IBackendFactory> factories,
    IOptions<ServeOptions> options,
    IOptions<ModelCacheOptions> cacheOptions,
    MemoryPlan plan,
    WorkingMemory memory) : IAsyncDisposable
{
    private const double MemoryShare = 0.9;

    private readonly ConcurrentDictionary<string, ContainerModel> _models = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _loading = new(1);

    /// <summary>All loaded models, ordered by name.</summary>
    public IReadOnlyList<ContainerModel> All =>
        [.. _models.Values.OrderBy(model => model.Name, StringComparer.Ordinal)];

    public ContainerModel? Find(string name) => _models.GetValueOrDefault(name);

    /// <summary>Loads a model folder. Loads run one at a time.</summary>
    /// <exception cref="ServeException">
    /// 409: the model is already loaded. 507: it doesn't fit into memory. 400: it is invalid or outside the root.
    /// </exception>
    public async Task LoadAsync(string name, string url, CancellationToken cancellationToken)
    {
        await _loading.WaitAsync(cancellationToken);
        try
        {
            if (_models.ContainsKey(name))
            {
                throw Refuse(409, "ConflictStatusException", $"Model '{Printable.Text(name)}' is already loaded.");
            }

            _models[name] = new ContainerModel(name, url, await LoadAsync(url, cancellationToken));
        }
        finally
        {
            _loading.Release();
        }
    }

    /// <summary>Unloads a model. Completes when its memory is free.</summary>
    /// <exception cref="ServeException">404: the model is not loaded.</exception>
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
                400,
                "BadRequestException",
                $"'{Printable.Text(url)}' isn't a model folder inside the server's models folder.");
        }

        var catalog = new FolderModelCatalog(Path.GetDirectoryName(folder)!);
        if (await catalog.FindAsync(name, cancellationToken) is not { } descriptor)
        {
            throw Refuse(400, "BadRequestException", $"There is no model.json in '{Printable.Text(url)}'.");
        }

        CheckMemory(descriptor.Bytes);
        var loader = new ModelLoader(catalog, factories, cacheOptions, memory);
        var loaded = await loader.LoadAsync(descriptor, cancellationToken);
        return loaded.TryGet(out var model, out var refusal) ? ServedModel.Of(model) : throw Refuse(refusal);
    }

    /// <summary>
    /// Throws 507 if the model doesn't fit. SageMaker then unloads another model and tries again.
    /// </summary>
    private void CheckMemory(long bytes)
    {
        var limit = options.Value.MaxMemoryBytes > 0
            ? options.Value.MaxMemoryBytes
            : (long)(plan.LimitBytes * MemoryShare);
        var used = Environment.WorkingSet;
        if (used + bytes > limit)
        {
            throw OutOfMemory(
                $"A model of {bytes} bytes doesn't fit into memory: {used} of {limit} bytes are already in use.");
        }
    }

    private static ServeException Refuse(Refusal refusal) =>
        refusal.Code == ErrorCode.OutOfMemory
            ? OutOfMemory(refusal.Message)
            : Refuse(400, refusal.Code.ToString(), refusal.Message);

    private static ServeException OutOfMemory(string message) => Refuse(507, "InsufficientStorageException", message);

    private static ServeException Refuse(int status, string code, string message) =>
        new(new ServeError(status, code, message));
}
