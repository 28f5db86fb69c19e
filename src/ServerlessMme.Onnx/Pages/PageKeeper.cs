using System.Collections.Concurrent;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Memory;

namespace ServerlessMme.Onnx.Pages;

/// <summary>
/// Keeps the mapped packs below what the memory limit leaves to them. The system would do it too, but it reclaims
/// pages while somebody waits for others, and takes some of every model: a read under a limit takes three times as long
/// then. Thread-safe; one for the packs of a process.
/// </summary>
internal sealed class PageKeeper : IDisposable
{
    /// <summary>What was read stays true for so long, or until so much of the limit was read from disk.</summary>
    private static readonly TimeSpan ReadEvery = TimeSpan.FromMilliseconds(100);
    private const int ShareBetweenReads = 32;

    /// <summary>One look at all packs chooses what to drop for this share of the limit more than is needed.</summary>
    private const int ShareChosenAhead = 64;

    /// <summary>
    /// Under a tight limit each process lets go of packs that it hasn't used for so long, because other processes under
    /// the limit can't drop them. It keeps this share of the limit free.
    /// </summary>
    private static readonly TimeSpan LetGoAfter = TimeSpan.FromSeconds(10);
    private const int ShareLeftFree = 64;

    /// <summary>When less than this share of the limit is free, it looks more often.</summary>
    private const int ShareTight = 8;
    private static readonly TimeSpan LookWhenTight = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(30);

    private readonly Func<MemoryUse?> _read;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly ConcurrentDictionary<MappedPack, bool> _packs = new();
    private readonly Lock _gate = new();
    private readonly PageSample _sample;
    private readonly Queue<(MappedPack Pack, long ChosenAt)> _chosen = new();
    private MemoryUse? _use;
    private long? _useReadAt;
    private long _addedSince;
    private long _readSince;

    public PageKeeper(TimeProvider time)
        : this(new SystemMemory().Read, time)
    {
    }

    /// <param name="read">Reads what counts against the limit; null where that can't be told.</param>
    public PageKeeper(Func<MemoryUse?> read, TimeProvider time)
    {
        _read = read;
        _time = time;
        _sample = new PageSample(time);
        _timer = time.CreateTimer(_ => LetGo(), null, Look, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A timestamp.</summary>
    public long Now => _time.GetTimestamp();

    /// <summary>True when what was seen then need not be looked at again: a run in the same millisecond.</summary>
    public bool IsRecent(long at, long now) => now >= at && now - at < _time.TimestampFrequency / 1000;

    public MappedPack Add(string path, nint address, long length)
    {
        var pack = new MappedPack(path, address, length, Now);
        _packs[pack] = true;
        return pack;
    }

    /// <summary>The pack is going to be unmapped.</summary>
    public void Remove(MappedPack pack)
    {
        pack.Close();
        _packs.TryRemove(pack, out _);
    }

    /// <summary>Drops packs that are not running until so many bytes of others can be read.</summary>
    public void MakeRoom(long bytes)
    {
        lock (_gate)
        {
            if (_useReadAt is not { } at || _time.GetElapsedTime(at) >= ReadEvery
                || _readSince + bytes > _use?.LimitBytes / ShareBetweenReads)
            {
                ReadUse();
            }

            if (_use is { } use)
            {
                var room = RoomIn(use);
                _readSince += bytes;
                _addedSince += bytes - (room < bytes ? Drop(bytes - room, use.LimitBytes / ShareChosenAhead) : 0);
            }
        }
    }

    /// <summary>Bytes of all packs, by a sample at most a second old, and the target for all mapped files.</summary>
    public PageUse Sample() => _sample.Get(_packs.Keys, () => _read() is { } use ? PageTarget.Of(use) : null);

    public void Dispose() => _timer.Dispose();

    private void ReadUse() => (_use, _useReadAt, _addedSince, _readSince) = (_read(), Now, 0, 0);

    private long RoomIn(MemoryUse use) => PageTarget.Of(use) - use.MappedBytes - _addedSince;

    private void LetGo()
    {
        var (bytes, isTight) = (0L, false);
        lock (_gate)
        {
            ReadUse();
            if (_use is { } use)
            {
                var room = RoomIn(use);
                isTight = room < use.LimitBytes / ShareTight;
                // Half of it, because other processes do the same.
                bytes = ((use.LimitBytes / ShareLeftFree) - room) / 2;
            }
        }

        // Not under the lock, which whoever reads a pack waits for.
        var freed = 0L;
        foreach (var pack in bytes > 0 ? Choose(bytes, LetGoAfter) : [])
        {
            freed += pack.Drop();
        }

        lock (_gate)
        {
            _addedSince -= freed;
        }

        _timer.Change(isTight ? LookWhenTight : Look, Timeout.InfiniteTimeSpan);
    }

    private long Drop(long bytes, long ahead)
    {
        var freed = DropChosen(bytes);
        if (freed < bytes)
        {
            var now = Now;
            foreach (var pack in Choose(bytes - freed + ahead, TimeSpan.Zero))
            {
                _chosen.Enqueue((pack, now));
            }

            freed += DropChosen(bytes - freed);
        }

        return freed;
    }

    private long DropChosen(long bytes)
    {
        var freed = 0L;
        while (freed < bytes && _chosen.TryDequeue(out var next))
        {
            // One that was used since it was chosen is no longer the best choice.
            freed += next.Pack.UsedAt > next.ChosenAt ? 0 : next.Pack.Drop();
        }

        return freed;
    }

    private IEnumerable<MappedPack> Choose(long bytes, TimeSpan idleFor)
    {
        var now = Now;
        MappedPack[] packs = [.. _packs.Select(each => each.Key)
            .Where(pack => _time.GetElapsedTime(pack.UsedAt, now) >= idleFor)];
        var candidates = Array.ConvertAll(packs, pack => new DropCandidate(
            pack.ReadBytes, _time.GetElapsedTime(pack.UsedAt, now), pack.IsRunning));
        return DropPolicy.Choose(candidates, bytes).Select(index => packs[index]);
    }
}
