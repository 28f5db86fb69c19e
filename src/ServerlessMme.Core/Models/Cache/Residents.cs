using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ServerlessMme.Core.Models.Cache;

/// <summary>
/// Every model that takes memory or is about to: loading, ready and draining ones, and the sum of their bytes.
/// Thread-safe.
/// </summary>
internal sealed class Residents(
    ModelCacheOptions options, ModelCacheMetrics metrics, TimeProvider time, ILogger logger)
{
    /// <summary>Victims for a 64th of the budget are chosen with one look.</summary>
    private const int ShareChosenAhead = 64;

    private readonly ConcurrentDictionary<ModelEntry, bool> _entries = new();
    private readonly ConcurrentQueue<(ModelEntry Entry, long ChosenAt)> _chosen = new();
    private TaskCompletionSource? _change;
    private long _bytes;

    /// <summary>Private bytes of all of them, reserved or measured.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>All of them, at about one moment.</summary>
    public ModelEntry[] Snapshot() => [.. _entries.Select(each => each.Key)];

    public void Add(ModelEntry entry) => _entries[entry] = true;

    public void Remove(ModelEntry entry)
    {
        _entries.TryRemove(entry, out _);
        Changed();
    }

    public void RemoveUnloaded(ModelEntry entry, UnloadReason reason, TimeSpan idleFor, TimeSpan took)
    {
        var name = entry.Descriptor.Name;
        metrics.RecordUnloaded(name, reason, idleFor, took);
        logger.ModelUnloaded(name, entry.Descriptor.Version, reason);
        Remove(entry);
    }

    public void Book(long delta) => Interlocked.Add(ref _bytes, delta);

    /// <summary>Disposes a backend that nobody uses any more.</summary>
    public void Dispose(LoadedModel model)
    {
        try
        {
            model.Backend.Dispose();
        }
        catch (Exception exception)
        {
            // Whoever ended the last lease is not to blame, and could do nothing about it.
            logger.DisposeFailed(exception, model.Descriptor.Name, model.Descriptor.Version);
        }
    }

    /// <summary>Ends with the next change that may make room. For one caller at a time; ask before looking.</summary>
    public Task NextChange()
    {
        var change = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref _change, change);
        return change.Task;
    }

    /// <summary>How long until one more model is old enough to go; null when none is too young.</summary>
    public TimeSpan? NextToAge() => options.ChurnAge == TimeSpan.Zero
        ? null
        : WithCandidates(Snapshot(), candidates => EvictionPolicy.NextChange(candidates, options.ChurnAge));

    /// <summary>
    /// Evicts models for so many bytes. False when there is no victim: else the caller looks again. One look at all
    /// models chooses victims ahead; those that were not used since are still the least recently used.
    /// </summary>
    public bool Evict(long bytes)
    {
        if (EvictChosen(bytes))
        {
            return true;
        }

        var now = time.GetTimestamp();
        var entries = Snapshot();
        var victims = WithCandidates(entries, candidates => EvictionPolicy.Choose(
            candidates, bytes, options.ChurnAge, options.BudgetBytes / ShareChosenAhead));
        foreach (var victim in victims)
        {
            _chosen.Enqueue((entries[victim], now));
        }

        return EvictChosen(bytes);
    }

    /// <summary>A lease ended: somebody may wait for that, and the model may have grown by being used.</summary>
    public void LeaseEnded()
    {
        Changed();
        Shrink();
    }

    /// <summary>Gets back to the budget when models turned out larger than what was reserved for them.</summary>
    public void Shrink()
    {
        while (Bytes - options.BudgetBytes is > 0 and var excess && Evict(excess))
        {
        }
    }

    /// <summary>In pooled memory: with thousands of small models, each load looks at all of them.</summary>
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

    private void Changed() => Interlocked.Exchange(ref _change, null)?.TrySetResult();

    private delegate T Decide<T>(ReadOnlySpan<EvictionCandidate> candidates);
}
