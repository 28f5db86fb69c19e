using System.Buffers;
using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Models.Cache;

/// <summary>
/// The bytes that all models share: admits loads, and evicts models to make room for them. Entries report their memory
/// and ended leases; only <see cref="TryMakeRoom"/> decides evictions. Thread-safe.
/// </summary>
/// <param name="trunks">The trunks in memory. Each counts once for all models that share it; null for none.</param>
internal sealed class MemoryBudget(
    ModelCacheOptions options, TimeProvider time, Func<IReadOnlyList<TrunkStatus>>? trunks = null)
{
    /// <summary>Each scan of all models chooses victims for another 64th of the budget, ahead of need.</summary>
    private const int ShareChosenAhead = 64;

    private const int SlowLoadsPerTurn = 2;

    private readonly ConcurrentDictionary<ModelEntry, bool> _entries = new();
    private readonly ConcurrentQueue<(ModelEntry Entry, long ChosenAt)> _chosen = new();
    private readonly HashSet<string> _pinned = [.. options.Pin];
    private readonly SizeHistory _sizes = new();

    // Neither limiter is disposed: they only hold memory, and loads end after the cache is disposed.
    private readonly ConcurrencyLimiter _loads = CreateLine(options.ConcurrentLoads);
    private readonly ConcurrencyLimiter _slowLoads = CreateLine(options.ConcurrentLoads * SlowLoadsPerTurn);
    private readonly ConcurrencyLimiter _reservations = CreateLine(1);
    private readonly ConcurrencyLimiter _trials = CreateLine(1);
    private TaskCompletionSource? _change;
    private long _bytes;

    /// <summary>Private bytes of all models, reserved or measured, and of their trunks.</summary>
    public long Bytes => Interlocked.Read(ref _bytes) + TrunkBytes(Trunks);

    /// <summary>The trunks in memory.</summary>
    public IReadOnlyList<TrunkStatus> Trunks => trunks?.Invoke() ?? [];

    /// <summary>Loads waiting for their turn.</summary>
    public int QueuedLoads => (int)_loads.GetStatistics()!.CurrentQueuedCount;

    /// <summary>Returns all loading, ready and draining models at approximately one moment.</summary>
    public ModelEntry[] Snapshot() => [.. _entries.Select(each => each.Key)];

    public bool IsPinned(ModelName name) => _pinned.Contains(name.Value);

    /// <summary>Waits in line for one of <c>ConcurrentLoads</c> turns. Dispose the lease after the load.</summary>
    public ValueTask<RateLimitLease> WaitForTurnAsync(CancellationToken stopping) => _loads.AcquireAsync(1, stopping);

    /// <summary>Lets the next load begin if the load with this turn is slow.</summary>
    public SlowLoad Watch(RateLimitLease turn) => new(turn, _slowLoads, time);

    /// <summary>Returns a refusal if a model cannot fit, even after evicting all others.</summary>
    public Refusal? FindMisfit(ModelName name, long bytes) => bytes <= options.BudgetBytes
        ? null
        : new Refusal(
            ErrorCode.ModelTooLarge,
            $"Model '{name}' takes at least {bytes} bytes of memory, more than the {options.BudgetBytes} bytes "
            + "budgeted for all models. Raise Mme:Models:BudgetBytes, or publish a smaller model.");

    /// <summary>
    /// Reserves memory for a loading model. If evictions don't free enough, it waits for leases to end. First come,
    /// first served: small models don't keep a large one waiting forever.
    /// </summary>
    /// <returns>A refusal if the model cannot fit.</returns>
    /// <exception cref="ModelCacheBusyException">No memory became free within <c>WaitForRoom</c>.</exception>
    public async Task<Refusal?> ReserveAsync(ModelEntry entry, ModelFiles files, CancellationToken stopping)
    {
        var name = entry.Descriptor.Name;
        var fileBytes = files.OnnxPath is { } onnx ? new FileInfo(onnx).Length : entry.Descriptor.Bytes;
        var known = _sizes.Find(files.Digest);
        if (FindMisfit(name, known ?? fileBytes) is { } refusal)
        {
            return refusal;
        }

        // An estimate above the budget is no reason to refuse: reserve the whole budget, and let the measurement
        // decide.
        var bytes = known ?? (long)Math.Min(options.BudgetBytes, fileBytes * options.EstimateFactor);
        await ReserveAsync(_reservations, entry, bytes, stopping);
        return null;
    }

    /// <summary>
    /// Returns the memory that a loading entry may use beyond its first reservation: up to three quarters of the
    /// unpinned bytes, so small models can still load. Requests for it wait in a separate line, because the models
    /// ahead of it may hang.
    /// </summary>
    public LoadAllowance AllowanceOf(ModelEntry entry) => new(options.LoadTimeout, async (bytes, stopping) =>
    {
        // Release the reservation first: two loads that keep theirs while they wait for more would deadlock.
        entry.Charge(0);
        WakeReservation();
        var granted = Math.Min(bytes, (options.BudgetBytes - PinnedBytes()) / 4 * 3);
        await ReserveAsync(_trials, entry, granted, stopping);
        return granted;
    });

    private async Task ReserveAsync(
        ConcurrencyLimiter line, ModelEntry entry, long bytes, CancellationToken stopping)
    {
        using var patience = new CancellationTokenSource(options.WaitForRoom, time);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stopping, patience.Token);
        try
        {
            using var turn = await line.AcquireAsync(1, waiting.Token);
            await ReserveInTurnAsync(entry, bytes, waiting.Token);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            throw new ModelCacheBusyException(entry.Descriptor.Name, bytes, Bytes, options);
        }
    }

    /// <summary>Remembers the memory of a loaded model for its next load.</summary>
    public void Remember(LoadedModel model) => _sizes.Record(model.Digest, model.Backend.PrivateBytes);

    public void Add(ModelEntry entry) => _entries[entry] = true;

    /// <summary>Adds to the bytes of all entries, or subtracts from them.</summary>
    public void Charge(long delta) => Interlocked.Add(ref _bytes, delta);

    /// <summary>Removes an entry that failed or was unloaded.</summary>
    public void Remove(ModelEntry entry)
    {
        _entries.TryRemove(entry, out _);
        WakeReservation();
    }

    /// <summary>
    /// Reports that a lease ended, so its model may be evicted now. Using the model may also have made it larger.
    /// </summary>
    public void OnLeaseEnded()
    {
        WakeReservation();
        OnMeasured();
    }

    /// <summary>Reports that a model was measured. It may be larger than its reservation.</summary>
    public void OnMeasured() => TryMakeRoom(0);

    /// <summary>
    /// Evicts models until this many bytes fit into the budget in addition to those in use. This is the only place that
    /// decides evictions. Victims are chosen ahead of need; they are still the least recently used if nobody has used
    /// them since. Returns false if the evictable models can't free enough; in that case, a reservation evicts nothing.
    /// </summary>
    private bool TryMakeRoom(long bytes)
    {
        while (Bytes + bytes - options.BudgetBytes is > 0 and var missing)
        {
            if (EvictChosen(missing))
            {
                continue;
            }

            if (!Choose(missing, all: bytes > 0) || !EvictChosen(missing))
            {
                break;
            }
        }

        return Bytes + bytes <= options.BudgetBytes;
    }

    /// <summary>
    /// Lets the policy choose victims for these bytes, and further victims ahead of need, in one scan.
    /// </summary>
    /// <param name="all">True to choose no victims, and return false, if they wouldn't free all the bytes.</param>
    private bool Choose(long bytes, bool all)
    {
        var now = time.GetTimestamp();
        var entries = Snapshot();
        var choice = WithCandidates(entries, candidates => EvictionPolicy.Choose(
            candidates, bytes, options.ChurnAge, options.BudgetBytes / ShareChosenAhead, Trunks));
        if (all && choice.FreedBytes < bytes)
        {
            return false;
        }

        foreach (var victim in choice.Victims)
        {
            _chosen.Enqueue((entries[victim], now));
        }

        return true;
    }

    /// <summary>Evicts chosen victims until they free the bytes. Returns false if none could be evicted.</summary>
    private bool EvictChosen(long bytes)
    {
        var freed = 0L;
        var evicted = false;
        while (freed < bytes && _chosen.TryDequeue(out var victim))
        {
            var count = victim.Entry.TryEvict(victim.ChosenAt);
            evicted |= count is not null;
            freed += count ?? 0;
        }

        return evicted;
    }

    private async Task ReserveInTurnAsync(ModelEntry entry, long bytes, CancellationToken waiting)
    {
        while (true)
        {
            // Subscribe before checking, so no change in between is missed.
            var change = NextChange();
            if (TryMakeRoom(bytes))
            {
                entry.Charge(bytes);
                return;
            }

            try
            {
                await change.Task.WaitAsync(UntilNextIsOldEnough(), time, waiting);
            }
            catch (TimeoutException)
            {
                // One more model is old enough to be evicted.
            }
        }
    }

    /// <summary>
    /// Returns the bytes of pinned models. If one of these models has a trunk, any trunk may belong to them, so all
    /// trunks count.
    /// </summary>
    private long PinnedBytes()
    {
        var pinned = Snapshot().Select(each => each.ToStatus())
            .Where(each => each is { Pinned: true, State: ModelState.Ready }).ToList();
        var trunks = pinned.Exists(each => each.Trunk is not null) ? TrunkBytes(Trunks) : 0;
        return pinned.Sum(each => each.Bytes) + trunks;
    }

    private static long TrunkBytes(IReadOnlyList<TrunkStatus> trunks)
    {
        var bytes = 0L;
        for (var i = 0; i < trunks.Count; i++)
        {
            bytes += trunks[i].PrivateBytes;
        }

        return bytes;
    }

    /// <summary>Returns a task source that the next change completes, for all waiters.</summary>
    private TaskCompletionSource NextChange()
    {
        var next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return Interlocked.CompareExchange(ref _change, next, null) ?? next;
    }

    private void WakeReservation() => Interlocked.Exchange(ref _change, null)?.TrySetResult();

    private TimeSpan UntilNextIsOldEnough() => options.ChurnAge == TimeSpan.Zero
        ? Timeout.InfiniteTimeSpan
        : WithCandidates(Snapshot(), candidates => EvictionPolicy.NextChange(candidates, options.ChurnAge))
            ?? Timeout.InfiniteTimeSpan;

    /// <summary>
    /// Calls <paramref name="decide"/> with all candidates in a pooled array, which is large with thousands of models.
    /// </summary>
    private T WithCandidates<T>(ModelEntry[] entries, Decide<T> decide)
    {
        var now = time.GetTimestamp();
        var candidates = ArrayPool<EvictionCandidate>.Shared.Rent(entries.Length);
        for (var i = 0; i < entries.Length; i++)
        {
            candidates[i] = entries[i].ToCandidate(now);
        }

        var decision = decide(candidates.AsSpan(0, entries.Length));
        ArrayPool<EvictionCandidate>.Shared.Return(candidates);
        return decision;
    }

    /// <summary>
    /// Creates an unbounded queue that admits this many callers at a time, strictly in the order of arrival.
    /// </summary>
    private static ConcurrencyLimiter CreateLine(int permits) => new(new ConcurrencyLimiterOptions
    {
        PermitLimit = permits,
        QueueLimit = int.MaxValue,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    private delegate T Decide<T>(ReadOnlySpan<EvictionCandidate> candidates);
}

/// <summary>
/// Remembers the memory of models by digest, so the next load reserves the right amount. Forgets the oldest digest when
/// its capacity is exceeded. Thread-safe.
/// </summary>
internal sealed class SizeHistory(int capacity = SizeHistory.DefaultCapacity)
{
    public const int DefaultCapacity = 16_384;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _bytes = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    public long? Find(string digest)
    {
        lock (_lock)
        {
            return _bytes.TryGetValue(digest, out var bytes) ? bytes : null;
        }
    }

    public void Record(string digest, long bytes)
    {
        lock (_lock)
        {
            if (!_bytes.TryAdd(digest, bytes))
            {
                _bytes[digest] = bytes;
                return;
            }

            _order.Enqueue(digest);
            if (_order.Count > capacity)
            {
                _bytes.Remove(_order.Dequeue());
            }
        }
    }
}
