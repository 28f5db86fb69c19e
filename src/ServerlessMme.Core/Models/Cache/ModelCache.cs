using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Models.Cache;

/// <summary>
/// Keeps models warm within a budget of bytes: loads on first use, once however many ask, unloads the least recently
/// used when memory is short, and takes over a newly published version without a failed request. Thread-safe; one per
/// process.
/// <code>
/// ModelCache ─► ModelSlot ─► VersionFinder ─► EntryLoader ─► queue, Room ─► ModelEntry in Residents
///  by name       one flight   published?       load           turn, bytes   state, leases, bytes
/// </code>
/// </summary>
public sealed class ModelCache : IDisposable
{
    private readonly ConcurrentDictionary<ModelName, ModelSlot> _slots = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly ModelCacheOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ModelCacheMetrics _metrics;
    private readonly Residents _residents;
    private readonly WaitingLine _queue;
    private readonly VersionFinder _finder;

    public ModelCache(
        IModelCatalog catalog,
        ModelLoader loader,
        IOptions<ModelCacheOptions> options,
        TimeProvider time,
        IMeterFactory meters,
        ILogger<ModelCache> logger)
    {
        _options = options.Value;
        _time = time;
        _logger = logger;
        _metrics = new ModelCacheMetrics(meters, _options.MaxModelTags);
        _residents = new Residents(_options, _metrics, time, logger);
        _queue = new WaitingLine(_options.ConcurrentLoads);
        var room = new Room(_residents, _options, time);
        var entries = new EntryLoader(loader, _residents, room, _queue, _metrics, _options, time);
        _finder = new VersionFinder(catalog, entries, _metrics, logger, _stopping.Token);
        _metrics.Watch(Snapshot);
    }

    /// <summary>
    /// A lease on the newest version of a model, loading it if need be. <see cref="ErrorCode.ModelNotFound"/> when
    /// none is published, the load's refusal when the artifact is unusable. Cancelling gives up the wait, not the
    /// load that others may wait for. Trouble with storage is thrown; what a load threw is thrown again for a short
    /// while, and then the load is tried again.
    /// </summary>
    /// <param name="name">The model.</param>
    /// <param name="expectedVersion">
    /// The version that the caller saw published, if it saw any: when another is warm, storage is asked at once.
    /// </param>
    /// <exception cref="ModelCacheBusyException">The memory is in use, and stayed so.</exception>
    public async Task<AcquiredModel> AcquireAsync(
        ModelName name, string? expectedVersion, CancellationToken cancellationToken)
    {
        var acquired = await Slot(name).AcquireAsync(expectedVersion, cancellationToken);
        if (acquired.Target is not { } target)
        {
            return acquired;
        }
        // An alias keeps no model of its own, so that its target is in memory once. What it names must be at least
        // the version that the alias was seen to stand for.
        var aimed = await Slot(target).AcquireAsync(acquired.Version, cancellationToken);
        return aimed.Target is null
            ? aimed
            : new AcquiredModel(null, acquired.Version, ModelAlias.RefuseChain(name, target));
    }

    /// <summary>Loads the models of <c>Mme:Models:Preload</c>. What cannot be loaded is logged, not thrown.</summary>
    public Task PreloadAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_options.Preload.Select(name => PreloadAsync(ModelName.Parse(name).Value, cancellationToken)));

    /// <summary>What is in memory or on its way there, at about this moment. Cheap: it asks nobody.</summary>
    public ModelCacheStatus Snapshot()
    {
        var models = Array.ConvertAll(_residents.Snapshot(), entry => entry.ToStatus());
        return new ModelCacheStatus(_options.BudgetBytes, _residents.Bytes, _queue.Length, models);
    }

    /// <summary>Unloads everything; what is leased, when its last lease ends.</summary>
    public void Dispose()
    {
        _stopping.Cancel();
        foreach (var slot in _slots.Values)
        {
            slot.Close();
        }
    }

    private ModelSlot Slot(ModelName name) =>
        _slots.GetOrAdd(name, static (name, cache) => cache.CreateSlot(name), this);

    private ModelSlot CreateSlot(ModelName name)
    {
        ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
        return new ModelSlot(_finder, name, _options, _metrics, _time);
    }

    private async Task PreloadAsync(ModelName name, CancellationToken cancellationToken)
    {
        try
        {
            using var acquired = await AcquireAsync(name, null, cancellationToken);
            if (acquired.Refusal is { Code: ErrorCode.ModelNotFound } refusal)
            {
                _logger.PreloadRefused(name, refusal.Message);
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            _logger.PreloadFailed(exception, name);
        }
    }
}

/// <summary>A lease on a model, or why there is none.</summary>
/// <param name="Version">The version published; null when none is.</param>
public readonly record struct AcquiredModel(ModelLease? Lease, string? Version, Refusal? Refusal) : IDisposable
{
    /// <summary>The model that has the answer, where the name is an alias. Null for whoever asks the cache.</summary>
    internal ModelName? Target { get; init; }

    public void Dispose() => Lease?.Dispose();
}
