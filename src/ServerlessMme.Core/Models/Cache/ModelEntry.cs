using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Tracing;

namespace ServerlessMme.Core.Models.Cache;

/// <summary>
/// One version of a model: its load, its state, its bytes and its leases. It reports bytes and ended leases to the
/// <see cref="MemoryBudget"/>, which decides evictions. Thread-safe; nothing is disposed while the lock is held.
/// <code>
/// state     next                when
/// Loading   Ready, Failed       the load ends
/// Ready     Draining            evicted, replaced, removed, or the cache is disposed
/// Draining  Unloaded            the last lease has ended and the backend is disposed
/// Unloaded  -
/// Failed    -
/// </code>
/// </summary>
internal sealed class ModelEntry(
    ModelDescriptor descriptor, MemoryBudget budget, ModelCacheMetrics metrics, TimeProvider time, ILogger logger)
{
    private readonly Lock _lock = new();
    private readonly UseCount _leases = new();
    private readonly bool _pinned = budget.IsPinned(descriptor.Name);
    private ModelState _state = ModelState.Loading;
    private LoadedModel? _model;
    private UnloadReason _reason;
    private long _bytes;
    private long _readyAt;
    private long _usedAt = time.GetTimestamp();

    public ModelDescriptor Descriptor => descriptor;

    /// <summary>
    /// Loads the model and returns a lease on it. Returns a refusal if the model is defective. Failures of storage or
    /// an endpoint are thrown.
    /// </summary>
    /// <exception cref="ModelReplacedException">Another version has been published since.</exception>
    /// <exception cref="ModelCacheBusyException">The memory is in use.</exception>
    public async Task<Outcome<ModelLease>> LoadAsync(ModelLoader loader, CancellationToken stopping)
    {
        budget.Add(this);
        try
        {
            var loaded = await OpenAsync(loader, stopping);
            return loaded.TryGet(out var model, out var refusal) ? BecomeReady(model) : refusal;
        }
        finally
        {
            FailIfLoading();
        }
    }

    /// <summary>Replaces the bytes counted so far.</summary>
    public void Charge(long bytes)
    {
        lock (_lock)
        {
            ChargeLocked(bytes);
        }
    }

    /// <summary>
    /// Makes the entry ready after a successful load. The returned lease prevents eviction before the model's first
    /// use.
    /// </summary>
    public ModelLease BecomeReady(LoadedModel model)
    {
        ModelLease lease;
        lock (_lock)
        {
            MoveTo(ModelState.Ready);
            _model = model;
            _readyAt = time.GetTimestamp();
            lease = Lease();
            ChargeLocked(model.Backend.PrivateBytes);
        }

        budget.OnMeasured();
        return lease;
    }

    /// <summary>
    /// Marks the entry as failed if its load ended without a model. Does nothing if the load succeeded.
    /// </summary>
    public void FailIfLoading()
    {
        lock (_lock)
        {
            if (_state != ModelState.Loading)
            {
                return;
            }

            MoveTo(ModelState.Failed);
            ChargeLocked(0);
        }

        budget.Remove(this);
    }

    /// <summary>Returns a lease, or null if the model isn't ready.</summary>
    public ModelLease? TryLease()
    {
        lock (_lock)
        {
            return _state == ModelState.Ready ? Lease() : null;
        }
    }

    /// <summary>
    /// Starts reading the model's files that aren't in memory. Does nothing if the model isn't ready.
    /// </summary>
    public void Prefetch() => ReadyBackend()?.Prefetch();

    /// <summary>Ends a lease.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _usedAt = time.GetTimestamp();
            // Using a model may have made it larger.
            ChargeLocked(_model!.Backend.PrivateBytes);
        }

        if (_leases.Exit())
        {
            Unload();
        }
        else
        {
            budget.OnLeaseEnded();
        }
    }

    /// <summary>
    /// Evicts the model if it is ready, has no lease, and has not been used since it was chosen. Returns the number of
    /// bytes freed, or null if the model stays.
    /// </summary>
    public long? TryEvict(long chosenAt)
    {
        long bytes;
        lock (_lock)
        {
            if (_state != ModelState.Ready || _usedAt > chosenAt || !_leases.TryCloseUnused())
            {
                return null;
            }

            bytes = _bytes;
            _reason = UnloadReason.Room;
            MoveTo(ModelState.Draining);
        }

        Unload();
        return bytes;
    }

    /// <summary>
    /// Refuses new leases, and unloads the model after the last one. Does nothing if the model isn't ready.
    /// </summary>
    public void Retire(UnloadReason reason)
    {
        lock (_lock)
        {
            if (_state != ModelState.Ready)
            {
                return;
            }

            _reason = reason;
            MoveTo(ModelState.Draining);
        }

        if (_leases.Close())
        {
            Unload();
        }
    }

    /// <summary>Returns the policy's view of this model, at a time that is the same for all models.</summary>
    public EvictionCandidate ToCandidate(long now)
    {
        lock (_lock)
        {
            return new EvictionCandidate(
                _bytes,
                time.GetElapsedTime(_usedAt, now),
                time.GetElapsedTime(_readyAt, now),
                _leases.Users,
                _pinned,
                _state == ModelState.Ready,
                _model?.Backend.Trunk,
                _model?.Backend.ReloadTime);
        }
    }

    /// <param name="withPages">True to check whether its files are in memory, which takes some microseconds.</param>
    public ModelStatus ToStatus(bool withPages = false)
    {
        // Not under the lock. A backend can be read after it was disposed.
        var pages = withPages ? ReadyBackend()?.Pages : null;
        lock (_lock)
        {
            var lastUsed = time.GetUtcNow() - time.GetElapsedTime(_usedAt);
            return new ModelStatus(descriptor.Name, descriptor.Version, _model?.Digest, _state, _bytes, lastUsed,
                _leases.Users, _pinned)
            {
                Trunk = _model?.Backend.Trunk,
                Pages = pages,
            };
        }
    }

    private IBackend? ReadyBackend()
    {
        lock (_lock)
        {
            return _state == ModelState.Ready ? _model!.Backend : null;
        }
    }

    /// <summary>Waits its turn, downloads, reserves memory, opens the model, and measures its actual memory.</summary>
    private async Task<Outcome<LoadedModel>> OpenAsync(ModelLoader loader, CancellationToken stopping)
    {
        if (budget.FindMisfit(descriptor.Name, descriptor.Bytes) is { } tooLarge)
        {
            return tooLarge;
        }

        using var turn = await budget.WaitForTurnAsync(stopping);
        await using var slow = budget.Watch(turn);

        var started = time.GetTimestamp();
        var downloaded = await Spans.RunAsync("download", () => loader.DownloadAsync(descriptor, stopping));
        metrics.RecordDownloading(descriptor.Name, time.GetElapsedTime(started));
        if (!downloaded.TryGet(out var files, out var refusal))
        {
            return refusal;
        }

        if (await Spans.RunAsync("reserve", () => budget.ReserveAsync(this, files, stopping)) is { } noRoom)
        {
            return noRoom;
        }

        started = time.GetTimestamp();
        var opened = await Spans.RunAsync(
            "open", () => loader.OpenAsync(descriptor, files, budget.AllowanceOf(this), stopping));
        metrics.RecordLoading(descriptor.Name, time.GetElapsedTime(started));
        if (!opened.TryGet(out var model, out refusal))
        {
            return refusal;
        }

        budget.Remember(model);
        if (budget.FindMisfit(descriptor.Name, model.Backend.PrivateBytes) is not { } misfit)
        {
            return model;
        }

        DisposeBackend(model);
        return misfit;
    }

    /// <summary>Creates a lease. Call it under the lock while the model is ready, so the count is still open.</summary>
    private ModelLease Lease()
    {
        _leases.TryEnter();
        _usedAt = time.GetTimestamp();
        return new ModelLease(this, _model!);
    }

    /// <summary>
    /// Unloads the model. Only the caller that closed the unused model or ended its last lease calls it.
    /// </summary>
    private void Unload()
    {
        var started = time.GetTimestamp();
        var idleFor = time.GetElapsedTime(_usedAt);
        DisposeBackend(_model!);
        lock (_lock)
        {
            MoveTo(ModelState.Unloaded);
            ChargeLocked(0);
            _model = null;
        }

        metrics.RecordUnloaded(descriptor.Name, _reason, idleFor, time.GetElapsedTime(started));
        logger.ModelUnloaded(descriptor.Name, descriptor.Version, _reason);
        budget.Remove(this);
    }

    private void DisposeBackend(LoadedModel model)
    {
        try
        {
            model.Backend.Dispose();
        }
        catch (Exception exception)
        {
            // The caller only ended the last lease: it didn't cause the failure and can't do anything about it.
            logger.DisposeFailed(exception, descriptor.Name, descriptor.Version);
        }
    }

    private void ChargeLocked(long bytes)
    {
        bytes = Math.Max(0, bytes);
        budget.Charge(bytes - _bytes);
        _bytes = bytes;
    }

    private void MoveTo(ModelState next)
    {
        var legal = (_state, next) is (ModelState.Loading, ModelState.Ready) or (ModelState.Loading, ModelState.Failed)
            or (ModelState.Ready, ModelState.Draining) or (ModelState.Draining, ModelState.Unloaded);
        if (!legal)
        {
            throw new InvalidOperationException($"Model '{descriptor.Name}' cannot go from {_state} to {next}.");
        }

        _state = next;
    }
}

/// <summary>Why a ready model is unloaded; the tag <c>reason</c> of <c>ModelEvictions</c>.</summary>
internal enum UnloadReason
{
    /// <summary>Another model needs its memory.</summary>
    Room,

    /// <summary>A newer version replaced it.</summary>
    Replaced,

    /// <summary>Its artifact is no longer published.</summary>
    Removed,

    /// <summary>The cache is disposed.</summary>
    Shutdown,
}
