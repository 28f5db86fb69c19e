using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Serving.Errors;
using ServerlessMme.Serving.Invocations;

namespace ServerlessMme.Serving.Container;

/// <summary>
/// All loaded models: those that SageMaker told this container to load, and those that invocations loaded into the
/// cache. If both have a model with the same name, the container's model is used. Thread-safe.
/// </summary>
/// <param name="source">Source of the cache's models, for their URLs.</param>
internal sealed class LoadedModels(ContainerModels container, ModelCache cache, string source)
{
    /// <summary>Names and URLs, ordered by name.</summary>
    public IReadOnlyList<ModelAddress> All =>
        [.. container.All.Select(model => new ModelAddress(model.Name, model.Url))
            .Concat(Cached().Select(AddressOf))
            .DistinctBy(model => model.Name)
            .OrderBy(model => model.Name, StringComparer.Ordinal)];

    /// <summary>Finds a model's name and URL.</summary>
    /// <exception cref="ServeException">404: the model is not loaded.</exception>
    public ModelAddress Find(string name) => container.Find(name) is { } model
        ? new ModelAddress(model.Name, model.Url)
        : AddressOf(FindCached(name) ?? throw ContainerModels.NotLoaded(name));

    /// <summary>Uses a model until the result is disposed.</summary>
    /// <exception cref="ServeException">404: the model is not loaded.</exception>
    public async Task<ModelUse> UseAsync(string name, CancellationToken cancellationToken)
    {
        if (container.Find(name) is { } model)
        {
            return model.TryEnter()
                ? new ModelUse(model.Model, model.Exit)
                : throw ContainerModels.NotLoaded(name);
        }

        var cached = FindCached(name) ?? throw ContainerModels.NotLoaded(name);
        var acquired = await cache.AcquireAsync(cached, null, cancellationToken);
        return acquired.Lease is { } lease
            ? new ModelUse(ServedModel.Of(lease.Model), lease.Dispose)
            : throw new ServeException(ServeError.Of(acquired.Refusal!));
    }

    /// <summary>Unloads a model of the container. Completes when its memory is free.</summary>
    /// <exception cref="ServeException">
    /// 404: the model is not loaded. 409: the cache decides when to unload it.
    /// </exception>
    public Task UnloadAsync(string name) => container.Find(name) is null && FindCached(name) is not null
        ? throw new ServeException(new ServeError(409, "ConflictStatusException",
            $"Model '{Printable.Text(name)}' was loaded by an invocation. The server unloads it when it needs memory."))
        : container.UnloadAsync(name);

    private IEnumerable<ModelName> Cached() =>
        cache.Snapshot().Models.Where(model => model.State == ModelState.Ready).Select(model => model.Name);

    private ModelName? FindCached(string name) =>
        ModelName.Parse(name).TryGet(out var parsed, out _) && Cached().Contains(parsed) ? parsed : null;

    private ModelAddress AddressOf(ModelName name) => new(name.Value, $"{source}/{name}");
}

/// <summary>A loaded model as the container contract describes it.</summary>
internal sealed record ModelAddress(string Name, string Url);

/// <summary>The use of a loaded model, which stays loaded until this is disposed.</summary>
internal sealed class ModelUse(ServedModel model, Action end) : IDisposable
{
    public ServedModel Model { get; } = model;

    public void Dispose() => end();
}
