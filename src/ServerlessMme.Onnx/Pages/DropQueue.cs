using System.Collections.Concurrent;

namespace ServerlessMme.Onnx.Pages;

/// <summary>
/// Chooses idle packs and drops them. Requests wait for that, so a call does a bounded amount of work, however many
/// packs there are and however little a drop frees. Thread-safe.
/// </summary>
/// <param name="packs">All packs. Enumerated while packs are added and removed.</param>
internal sealed class DropQueue(IEnumerable<MappedPack> packs, TimeProvider time)
{
    /// <summary>Maximum number of packs that a call drops. The next call continues where it ended.</summary>
    public const int MostPerCall = 64;

    /// <summary>
    /// Number of drops without effect after which a call gives up, because other processes keep the pages in memory.
    /// </summary>
    public const int MostInVain = 8;

    /// <summary>Scanning more packs than this takes so long that it isn't repeated right away.</summary>
    public const int FewPacks = 1024;
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);

    private readonly Lock _looking = new();

    // Several threads drop packs concurrently.
    private readonly ConcurrentQueue<(MappedPack Pack, long ChosenAt)> _chosen = new();
    private int _seen;
    private long _lookedAt;

    /// <summary>Drops the packs that are cheapest to do without.</summary>
    /// <param name="bytes">Bytes to free.</param>
    /// <param name="ahead">Additional bytes that a scan of all packs chooses for the next calls.</param>
    /// <returns>Bytes freed; fewer than requested if packs are in use, or if it would take too long.</returns>
    public long Drop(long bytes, long ahead)
    {
        var (freed, tried, inVain, mayLook) = (0L, 0, 0, true);
        while (freed < bytes && tried < MostPerCall && inVain < MostInVain)
        {
            if (!_chosen.TryDequeue(out var next))
            {
                if (!mayLook)
                {
                    break;
                }

                mayLook = false;
                Look(bytes - freed + ahead);
                continue;
            }

            // A pack that was used since it was chosen is no longer the best choice.
            if (next.Pack.CanBeDropped && next.Pack.UsedAt <= next.ChosenAt)
            {
                var dropped = next.Pack.Drop();
                freed += dropped;
                tried++;
                inVain += dropped > 0 ? 0 : 1;
            }
        }

        return freed;
    }

    /// <summary>Chooses the packs to drop from those that have been idle for at least this time.</summary>
    public IEnumerable<MappedPack> Choose(long bytes, TimeSpan idleFor) => Choose(Idle(idleFor), bytes);

    private void Look(long bytes)
    {
        lock (_looking)
        {
            var now = time.GetTimestamp();
            if (!_chosen.IsEmpty || (_seen > FewPacks && time.GetElapsedTime(_lookedAt, now) < LookEvery))
            {
                return;
            }

            var all = Idle(TimeSpan.Zero);
            (_seen, _lookedAt) = (all.Length, now);
            foreach (var pack in Choose(all, bytes))
            {
                _chosen.Enqueue((pack, now));
            }
        }
    }

    private MappedPack[] Idle(TimeSpan idleFor)
    {
        var now = time.GetTimestamp();
        return [.. packs.Where(pack => time.GetElapsedTime(pack.UsedAt, now) >= idleFor)];
    }

    private IEnumerable<MappedPack> Choose(MappedPack[] idle, long bytes)
    {
        var now = time.GetTimestamp();
        var candidates = Array.ConvertAll(idle, pack => new DropCandidate(
            pack.DroppableBytes, time.GetElapsedTime(pack.UsedAt, now), !pack.CanBeDropped, pack.UsesAt(now)));
        return DropPolicy.Choose(candidates, bytes).Select(index => idle[index]);
    }
}
