using ServerlessMme.Core.Backends;

namespace ServerlessMme.Core.Models.Cache;

/// <summary>What the policy knows about a model that takes memory.</summary>
/// <param name="IdleFor">Time since the last use.</param>
/// <param name="Age">Time since it became ready.</param>
/// <param name="Ready">False while it is loading or draining, when it can't be evicted.</param>
/// <param name="Trunk">The trunk that it shares with others; null without one.</param>
internal readonly record struct EvictionCandidate(
    long Bytes, TimeSpan IdleFor, TimeSpan Age, int Leases, bool Pinned, bool Ready, string? Trunk = null);

/// <summary>Chooses the models to evict. Pure functions: no clock, no lock, no log.</summary>
internal static class EvictionPolicy
{
    /// <summary>
    /// The victims, the least recently used first: models that have no lease, are at least as old as the
    /// churn age and aren't pinned, until they free the bytes. They may free less while others are in use; the rest
    /// follows when leases end. No victims if even then the bytes could not be freed.
    /// </summary>
    /// <param name="bytesAhead">Bytes beyond those needed for which to choose victims as well.</param>
    /// <param name="trunks">The trunks in memory, each of which leaves with its last model; null for none.</param>
    public static EvictionChoice Choose(ReadOnlySpan<EvictionCandidate> models, long bytesNeeded, TimeSpan churnAge,
        long bytesAhead = 0, IReadOnlyList<TrunkStatus>? trunks = null)
    {
        var heads = new TrunkHeads(models, trunks ?? []);
        var reachable = heads.ReachableBytes;
        var idle = new List<(int Index, TimeSpan Priority)>();
        for (var i = 0; i < models.Length; i++)
        {
            var model = models[i];
            // Leases end and draining models unload by themselves; only a pinned model stays.
            reachable += model.Pinned && model.Ready ? 0 : model.Bytes;
            if (model is { Ready: true, Pinned: false, Leases: 0 } && model.Age >= churnAge)
            {
                idle.Add((i, -model.IdleFor));
            }
        }

        if (bytesNeeded <= 0 || reachable < bytesNeeded)
        {
            return new EvictionChoice([], 0);
        }

        // Building a heap is linear in all models, and only the victims are sorted.
        var byAge = new PriorityQueue<int, TimeSpan>(idle);
        var victims = new List<int>();
        var freed = 0L;
        while (freed < bytesNeeded + bytesAhead && byAge.TryDequeue(out var victim, out _))
        {
            victims.Add(victim);
            freed += models[victim].Bytes + heads.Remove(models[victim].Trunk);
        }

        return new EvictionChoice(victims, freed);
    }

    /// <summary>Time until one more model is old enough to be a victim; null when none is too young.</summary>
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
/// <param name="Victims">Their indexes, the least recently used first.</param>
/// <param name="FreedBytes">Bytes that they free together, with the trunks that leave with them.</param>
internal readonly record struct EvictionChoice(IReadOnlyList<int> Victims, long FreedBytes);
