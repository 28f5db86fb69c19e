using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ServerlessMme.Core.Models;

/// <summary>
/// Every model that takes memory or is about to: loading, ready and draining ones, and the sum of their bytes.
/// Thread-safe.
/// </summary>
internal sealed class Residents(
    ModelCacheOptions options, ModelCacheMetrics metrics, MemoryReturn memory, ILogger logger)
{
    private readonly ConcurrentDictionary<ModelEntry, bool> _entries = new();
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
        memory.Ask();
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

    /// <summary>Ends with the next change that may make room. For one caller at a time, who asks before it looks.</summary>
    public Task NextChange()
    {
        var change = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref _change, change);
        return change.Task;
    }

    /// <summary>How long until one more model is old enough to be evicted; null when none is too young.</summary>
    public TimeSpan? NextToAge() =>
        EvictionPolicy.NextChange(Array.ConvertAll(Snapshot(), entry => entry.ToCandidate()), options.ChurnAge);

    /// <summary>Evicts models for so many bytes. False when there is no victim: else the caller looks again.</summary>
    public bool Evict(long bytes)
    {
        var entries = Snapshot();
        var candidates = Array.ConvertAll(entries, entry => entry.ToCandidate());
        var evicted = false;
        foreach (var victim in EvictionPolicy.Choose(candidates, bytes, options.ChurnAge))
            evicted |= entries[victim].TryEvict();
        return evicted;
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

    private void Changed() => Interlocked.Exchange(ref _change, null)?.TrySetResult();
}
