using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Tracing;

namespace ServerlessMme.Core.Models.Cache;

/// <summary>
/// Keeps models warm within a budget of bytes. It loads a model on first use, once for all waiters. When memory is
/// short, it evicts models that have been idle for a long time and are quick to load. It replaces a model with its
/// newly published version without failing a request. Thread-safe; one per process.
/// <code>
/// ModelCache          by name; follows aliases, and returns the members of a group
/// └─ ModelSlot        one name: its current state, and the one refresh that every waiter shares
///    └─ ModelResolver    name → published version; loads that version unless it is resident
///       └─ ModelEntry       one version: Loading → Ready → Draining → Unloaded; its bytes and leases
///          ├─ ModelLoader      downloads, verifies, opens
///          └─ MemoryBudget     notified of every reservation, measured size and ended lease
///             └─ TryMakeRoom      decides evictions: EvictionPolicy chooses, ModelEntry.TryEvict unloads
/// </code>
/// </summary>
public sealed class ModelCache : IDisposable
{
    private readonly ConcurrentDictionary<ModelName, ModelSlot> _slots = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly ModelLoader _loader;
    private readonly ModelCacheOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ModelCacheMetrics _metrics;
    private readonly MemoryBudget _budget;
    private readonly ModelResolver _resolver;

    public ModelCache(
        IModelCatalog catalog,
        ModelLoader loader,
        IOptions<ModelCacheOptions> options,
        TimeProvider time,
        IMeterFactory meters,
        ILogger<ModelCache> logger)
    {
        _loader = loader;
        _options = options.Value;
        _time = time;
        _logger = logger;
        _metrics = new ModelCacheMetrics(meters, _options.MaxModelTags);
        _budget = new MemoryBudget(_options, time, () => loader.Trunks);
        _resolver = new ModelResolver(catalog, loader, _budget, _metrics, time, logger, _stopping.Token);
        _metrics.Watch(() => Snapshot(), () => loader.Pages);
    }

    /// <summary>
    /// Returns a lease on the newest version of a model, and loads the model if necessary. Returns
    /// <see cref="ErrorCode.ModelNotFound"/> if no model is published, and the load's refusal if the artifact is
    /// unusable. For a group, the result has the members instead of a lease, and a refusal for callers that need one
    /// model. Canceling ends the wait, not the load, because others may be waiting for it. Failures of storage or an
    /// endpoint are thrown. A failed load's exception is cached for <c>FailureMemory</c>; after that, the load is
    /// retried.
    /// </summary>
    /// <param name="name">The model.</param>
    /// <param name="expectedVersion">
    /// The version that the caller saw published, if any. If another version is warm, the cache checks the catalog
    /// immediately.
    /// </param>
    /// <exception cref="ModelCacheBusyException">No memory became free within <c>WaitForRoom</c>.</exception>
    public async Task<AcquiredModel> AcquireAsync(
        ModelName name, string? expectedVersion, CancellationToken cancellationToken)
    {
        using var span = Spans.Start("lease", name.Value);
        try
        {
            var acquired = await FollowAsync(name, expectedVersion, isPublished: false, cancellationToken);
            span?.SetTag(Spans.ModelVersion, acquired.Version);
            span?.SetTag(Spans.CacheHit, acquired.IsHit);
            span?.SetTag(Spans.ErrorCode, acquired.Refusal?.Code.ToString());
            return acquired;
        }
        catch (Exception exception)
        {
            span.Fail(exception);
            throw;
        }
    }

    /// <summary>
    /// Returns a lease on a member of a group. The group's listing has just shown the member's version, so the cache
    /// checks the catalog only if it must load the model, regardless of the number of members.
    /// </summary>
    /// <exception cref="ModelCacheBusyException">No memory became free within <c>WaitForRoom</c>.</exception>
    public Task<AcquiredModel> AcquireAsync(GroupMember member, CancellationToken cancellationToken) =>
        FollowAsync(member.Name, member.Version, isPublished: member.Version is not null, cancellationToken);

    private async Task<AcquiredModel> FollowAsync(
        ModelName name, string? expectedVersion, bool isPublished, CancellationToken cancellationToken)
    {
        var acquired = await Slot(name).AcquireAsync(expectedVersion, isPublished, cancellationToken);
        if (acquired.Target is not { } target)
        {
            return acquired;
        }

        // An alias has no model of its own, so its target is in memory only once. The target must be at least as new as
        // the version that the alias was seen with.
        var aimed = await Slot(target).AcquireAsync(acquired.Version, isPublished, cancellationToken);
        return aimed switch
        {
            { Members: not null } => new AcquiredModel(null, acquired.Version, ModelAlias.RefuseGroup(name, target)),
            { Target: not null } => new AcquiredModel(null, acquired.Version, ModelAlias.RefuseChain(name, target)),
            _ => aimed,
        };
    }

    /// <summary>Loads the models of <c>Mme:Models:Preload</c>. Failures are logged, not thrown.</summary>
    public Task PreloadAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_options.Preload.Select(name => PreloadAsync(ModelName.Parse(name).Value, cancellationToken)));

    /// <summary>
    /// Starts reading a loaded model's files that aren't in memory, before the model is used. Returns immediately.
    /// </summary>
    internal void Prefetch(ModelName name)
    {
        if (_slots.TryGetValue(name, out var slot) && slot.Prefetch() is { } target
            && _slots.TryGetValue(target, out slot))
        {
            slot.Prefetch();
        }
    }

    /// <summary>Returns an approximate snapshot of the models in memory or being loaded. It needs no I/O.</summary>
    /// <param name="withPages">True to sample mapped files, which takes some microseconds per model.</param>
    public ModelCacheStatus Snapshot(bool withPages = false)
    {
        var models = Array.ConvertAll(_budget.Snapshot(), entry => entry.ToStatus(withPages));
        return new ModelCacheStatus(_options.BudgetBytes, _budget.Bytes, _budget.QueuedLoads, models)
        {
            Trunks = _budget.Trunks,
            Pages = withPages ? _loader.Pages : null,
        };
    }

    /// <summary>Unloads every model. A leased model is unloaded when its last lease ends.</summary>
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
        return new ModelSlot(_resolver, name, _options, _metrics, _time);
    }

    /// <summary>
    /// Loads the members of a group until they fill half the budget. Further members might evict the first ones.
    /// </summary>
    private async Task PreloadAsync(IReadOnlyList<GroupMember> members, CancellationToken cancellationToken)
    {
        foreach (var member in members.Where(member => member.Version is not null))
        {
            if (_budget.Bytes > _options.BudgetBytes / 2)
            {
                return;
            }

            using var acquired = await AcquireAsync(member, cancellationToken);
        }
    }

    private async Task PreloadAsync(ModelName name, CancellationToken cancellationToken)
    {
        try
        {
            using var acquired = await AcquireAsync(name, null, cancellationToken);
            if (acquired.Members is { } members)
            {
                await PreloadAsync(members, cancellationToken);
            }
            else if (acquired.Refusal is { Code: ErrorCode.ModelNotFound } refusal)
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

/// <summary>A lease on a model, or the reason why there is none.</summary>
/// <param name="Version">The published version; null if nothing is published.</param>
public readonly record struct AcquiredModel(ModelLease? Lease, string? Version, Refusal? Refusal) : IDisposable
{
    /// <summary>The model that an alias stands for. Always null for callers of the cache.</summary>
    internal ModelName? Target { get; init; }

    /// <summary>
    /// The members of a group, in its order; null for a model. The refusal is <see cref="ErrorCode.ModelIsGroup"/>.
    /// </summary>
    public IReadOnlyList<GroupMember>? Members { get; init; }

    /// <summary>The version of the model; null if there is no single model.</summary>
    internal string? VersionOfModel => Members is null ? Version : null;

    /// <summary>
    /// True if the model was already loaded and not cold, as defined by <see cref="ModelStatus.IsCold"/>.
    /// </summary>
    public bool IsHit { get; init; }

    public void Dispose() => Lease?.Dispose();
}

/// <summary>The whole memory budget stayed in use. Callers can try again later, as the queue does.</summary>
public sealed class ModelCacheBusyException : Exception
{
    internal ModelCacheBusyException(ModelName name, long bytes, long used, ModelCacheOptions options)
        : base($"No memory became free for model '{name}' within {options.WaitForRoom}. It needs up to {bytes} bytes, "
            + $"but models that are in use or pinned take {used} of the {options.BudgetBytes} bytes. Lower the "
            + "parallelism in Mme:Pipeline and Mme:Queue, or raise Mme:Models:BudgetBytes or Mme:Models:WaitForRoom.")
    {
    }
}
