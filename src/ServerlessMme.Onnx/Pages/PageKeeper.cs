using System.Collections.Concurrent;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Memory;

namespace ServerlessMme.Onnx.Pages;

/// <summary>
/// Keeps the mapped packs below what the memory limit leaves to them. The system would do it too, but it reclaims
/// pages while somebody waits for others, and takes some of every model: a read under a limit takes three times as long
/// then. Thread-safe; one for the packs of a process.
/// </summary>
/// <param name="read">Reads what counts against the limit; null where that can't be told.</param>
internal sealed class PageKeeper(Func<MemoryUse?> read, TimeProvider time)
{
    /// <summary>What was read stays true for so long, or until so much of the limit was read from disk.</summary>
    private static readonly TimeSpan ReadEvery = TimeSpan.FromMilliseconds(100);
    private const int ShareBetweenReads = 32;

    /// <summary>One look at all packs chooses what to drop for this share of the limit more than is needed.</summary>
    private const int ShareChosenAhead = 64;

    /// <summary>Pages of a pack that a sample looks at, and how long the result is given out.</summary>
    private const int PagesPerSample = 64;
    private static readonly TimeSpan SampleEvery = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<MappedPack, bool> _packs = new();
    private readonly Lock _gate = new();
    private readonly Queue<(MappedPack Pack, long ChosenAt)> _chosen = new();
    private MemoryUse? _use;
    private long? _useReadAt;
    private long _addedSince;
    private readonly Lock _sampling = new();
    private PageUse? _sample;
    private long _sampledAt;
    private long _readSince;

    public PageKeeper(TimeProvider time)
        : this(new SystemMemory().Read, time)
    {
    }

    /// <summary>A timestamp.</summary>
    public long Now => time.GetTimestamp();

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
            if (_useReadAt is not { } at || time.GetElapsedTime(at) >= ReadEvery
                || _readSince + bytes > _use?.LimitBytes / ShareBetweenReads)
            {
                (_use, _useReadAt, _addedSince, _readSince) = (read(), Now, 0, 0);
            }

            if (_use is not { } use)
            {
                return;
            }

            var room = PageTarget.Of(use) - use.MappedBytes - _addedSince;
            _readSince += bytes;
            _addedSince += bytes - (room < bytes ? Drop(bytes - room, use.LimitBytes / ShareChosenAhead) : 0);
        }
    }

    /// <summary>Bytes of all packs, by a sample at most a second old, and the target for all mapped files.</summary>
    public PageUse Sample()
    {
        lock (_sampling)
        {
            if (_sample is null || time.GetElapsedTime(_sampledAt) >= SampleEvery)
            {
                (_sample, _sampledAt) = (TakeSample(), Now);
            }

            return _sample.Value;
        }
    }

    private PageUse TakeSample()
    {
        var (mapped, resident) = (0L, 0L);
        foreach (var (pack, _) in _packs)
        {
            mapped += pack.Length;
            resident += pack.SampleResident(PagesPerSample);
        }

        return new PageUse(mapped, resident, read() is { } use ? PageTarget.Of(use) : null);
    }

    private long Drop(long bytes, long ahead)
    {
        var freed = DropChosen(bytes);
        if (freed < bytes)
        {
            Choose(bytes - freed + ahead);
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

    private void Choose(long bytes)
    {
        var now = Now;
        MappedPack[] packs = [.. _packs.Select(each => each.Key)];
        var candidates = Array.ConvertAll(packs, pack => new DropCandidate(
            pack.ReadBytes, time.GetElapsedTime(pack.UsedAt, now), pack.IsRunning));
        foreach (var index in DropPolicy.Choose(candidates, bytes))
        {
            _chosen.Enqueue((packs[index], now));
        }
    }
}
