using ServerlessMme.Core.Backends;

namespace ServerlessMme.Core.Models.Cache;

/// <summary>The policy's view of a model that takes memory.</summary>
/// <param name="IdleFor">Time since the last use.</param>
/// <param name="Age">Time since it became ready.</param>
/// <param name="Ready">False while it is loading or draining, when it can't be evicted.</param>
/// <param name="Trunk">The trunk that it shares with other models; null if it has none.</param>
/// <param name="Reload">Time to load it again; null if unknown.</param>
internal readonly record struct EvictionCandidate(
    long Bytes, TimeSpan IdleFor, TimeSpan Age, int Leases, bool Pinned, bool Ready, string? Trunk = null,
    TimeSpan? Reload = null);

/// <summary>Chooses the models to evict. Pure functions: no clock, no lock, no log.</summary>
internal static class EvictionPolicy
{
    /// <summary>Bound on a model's weight, either way: one slow load must not keep a model forever.</summary>
    private const double MostWeight = 8;

    /// <summary>
    /// Chooses unleased, unpinned models that are at least as old as the churn age until they free the bytes. Ranks
    /// them by idle time, weighted by the bytes they free per time to load them again; with equal or unknown load
    /// times, the least recently used goes first. The chosen models may free less than that while others are in use;
    /// the rest follows when leases end. Chooses none if the bytes could not be freed even then.
    /// </summary>
    /// <param name="bytesAhead">Bytes to free in addition, ahead of need.</param>
    /// <param name="trunks">The trunks in memory, each of which is freed with its last model; null for none.</param>
    public static EvictionChoice Choose(ReadOnlySpan<EvictionCandidate> models, long bytesNeeded, TimeSpan churnAge,
        long bytesAhead = 0, IReadOnlyList<TrunkStatus>? trunks = null)
    {
        var heads = new TrunkHeads(models, trunks ?? []);
        var reachable = heads.ReachableBytes;
        var idle = new List<(int Index, double Priority)>();
        var mean = MeanRate(models);
        for (var i = 0; i < models.Length; i++)
        {
            var model = models[i];
            // Leases end and draining models unload by themselves; only pinned models stay.
            reachable += model.Pinned && model.Ready ? 0 : model.Bytes;
            if (model is { Ready: true, Pinned: false, Leases: 0 } && model.Age >= churnAge)
            {
                idle.Add((i, -model.IdleFor.Ticks * Weight(model, mean)));
            }
        }

        if (bytesNeeded <= 0 || reachable < bytesNeeded)
        {
            return new EvictionChoice([], 0);
        }

        // Building a heap is linear in all models, and only the victims have to be sorted.
        var byAge = new PriorityQueue<int, double>(idle);
        var victims = new List<int>();
        var freed = 0L;
        while (freed < bytesNeeded + bytesAhead && byAge.TryDequeue(out var victim, out _))
        {
            victims.Add(victim);
            freed += models[victim].Bytes + heads.Remove(models[victim].Trunk);
        }

        return new EvictionChoice(victims, freed);
    }

    /// <summary>
    /// Returns the mean number of bytes loaded per second by the models whose load times are known; 0 if there are
    /// none.
    /// </summary>
    private static double MeanRate(ReadOnlySpan<EvictionCandidate> models)
    {
        var (bytes, seconds) = (0d, 0d);
        foreach (var model in models)
        {
            if (model.Reload is { } reload)
            {
                bytes += model.Bytes;
                seconds += reload.TotalSeconds;
            }
        }

        return seconds > 0 ? bytes / seconds : 0;
    }

    private static double Weight(EvictionCandidate model, double mean) =>
        mean > 0 && model.Reload is { } reload && reload > TimeSpan.Zero
            ? Math.Clamp(model.Bytes / reload.TotalSeconds / mean, 1 / MostWeight, MostWeight)
            : 1;

    /// <summary>
    /// Returns the time until one more model is old enough to be a victim, or null if none is too young.
    /// </summary>
    public static TimeSpan? NextChange(ReadOnlySpan<EvictionCandidate> models, TimeSpan churnAge)
    {
        TimeSpan? soonest = null;
        foreach (var model in models)
        {
            var left = churnAge - model.Age;
            if (model is { Ready: true, Pinned: false, Leases: 0 } && left > TimeSpan.Zero && !(left > soonest))
            {
                soonest = left;
            }
        }

        return soonest;
    }
}

/// <summary>The models to evict.</summary>
/// <param name="Victims">Their indexes, in the order of eviction.</param>
/// <param name="FreedBytes">Bytes that they free together, including trunks that are freed with them.</param>
internal readonly record struct EvictionChoice(IReadOnlyList<int> Victims, long FreedBytes);
