using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Memory;

namespace ServerlessMme.Onnx.Pages;

/// <summary>
/// Keeps the mapped packs within the memory limit. The system would do so too, but it reclaims pages while a request
/// waits for other pages, and takes some from every model, so a read at the limit takes three times as long.
/// Thread-safe; one instance for the packs of a process.
/// </summary>
internal sealed class PageKeeper : IDisposable
{
    /// <summary>
    /// The memory use is read again after this time, or after this share of the limit was read from disk.
    /// </summary>
    private static readonly TimeSpan ReadEvery = TimeSpan.FromMilliseconds(100);
    private const int ShareBetweenReads = 32;

    /// <summary>A read of up to this share of the reserve begins before there is room for it.</summary>
    private const int ShareReadFirst = 4;

    /// <summary>A scan of all packs chooses packs to drop for this share of the limit beyond what is needed.</summary>
    private const int ShareChosenAhead = 16;

    /// <summary>
    /// Under a tight limit, each process drops packs that it hasn't used for this time, because other processes under
    /// the limit can't drop them. It keeps this share of the limit free.
    /// </summary>
    private static readonly TimeSpan LetGoAfter = TimeSpan.FromSeconds(10);
    private const int ShareLeftFree = 64;

    /// <summary>If less than this share of the limit is free, the keeper checks more often.</summary>
    private const int ShareTight = 8;
    private static readonly TimeSpan LookWhenTight = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(30);

    private readonly Func<MemoryUse?> _read;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Func<string, string?> _findProblem;
    private readonly ITimer _timer;
    private readonly ConcurrentDictionary<MappedPack, bool> _packs = new();
    private readonly Lock _gate = new();
    private readonly PageSample _sample;
    private readonly DropQueue _queue;
    private MemoryUse? _use;
    private long? _useReadAt;
    private int _reads;
    private long _addedSince;
    private long _readSince;
    private bool _wasProbed;

    /// <param name="limitBytes">The process's memory limit in bytes, where the system doesn't limit it further.</param>
    public PageKeeper(TimeProvider time, ILogger logger, long limitBytes)
        : this(new SystemMemory(limitBytes).Read, time, logger, PageProbe.FindProblem)
    {
    }

    /// <param name="read">Reads the memory use that counts toward the limit; returns null if it is unknown.</param>
    /// <param name="findProblem">
    /// Returns the reason why a file's pages can't be managed; null if they can be managed.
    /// </param>
    internal PageKeeper(Func<MemoryUse?> read, TimeProvider time, ILogger? logger = null,
        Func<string, string?>? findProblem = null)
    {
        _read = read;
        _time = time;
        _logger = logger ?? NullLogger.Instance;
        _findProblem = findProblem ?? PageProbe.FindProblem;
        _sample = new PageSample(time);
        _queue = new DropQueue(_packs.Select(each => each.Key), time);
        _timer = time.CreateTimer(_ => LetGo(), null, Look, Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// True if the system doesn't report which pages are in memory, or can't drop them, so it alone decides which pages
    /// stay. Known once a pack has been added.
    /// </summary>
    public bool IsOff { get; private set; }

    /// <summary>The current time, as a timestamp.</summary>
    public long Now => _time.GetTimestamp();

    /// <summary>Returns true if less than a millisecond has passed, so an earlier check still holds.</summary>
    public bool IsRecent(long at, long now) => now >= at && now - at < _time.TimestampFrequency / 1000;

    /// <param name="written">When the mapped file was last written.</param>
    public MappedPack Add(string path, nint address, long length, DateTime written)
    {
        var pack = new MappedPack(path, address, length, written, _time);
        Probe(path);
        if (!IsOff)
        {
            _packs[pack] = true;
        }

        return pack;
    }

    /// <summary>Called before the pack is unmapped. Waits while the pack is being dropped.</summary>
    public void Remove(MappedPack pack)
    {
        pack.Close();
        _packs.TryRemove(pack, out _);
    }

    /// <summary>
    /// Returns true if this many bytes may be read before room is made for them, because a reserve is kept free.
    /// </summary>
    public bool HasReserveFor(long bytes)
    {
        lock (_gate)
        {
            return _use is { } use && bytes <= PageTarget.Reserve(use) / ShareReadFirst;
        }
    }

    /// <summary>Drops packs that no running session needs, until this many bytes of other packs can be read.</summary>
    public void MakeRoom(long bytes)
    {
        long lacking, ahead;
        int reads;
        lock (_gate)
        {
            if (_useReadAt is not { } at || _time.GetElapsedTime(at) >= ReadEvery
                || _readSince + bytes > _use?.LimitBytes / ShareBetweenReads)
            {
                ReadUse();
            }

            if (_use is not { } use)
            {
                return;
            }

            lacking = Math.Max(0, bytes - RoomIn(use));
            ahead = use.LimitBytes / ShareChosenAhead;
            reads = _reads;
            _readSince += bytes;
            // Counted as if all of it were already dropped, so concurrent callers drop only for their own pages.
            _addedSince += bytes - lacking;
        }

        if (lacking > 0)
        {
            // Done outside the lock, because every read of a pack waits for the lock.
            CountAdded(lacking - _queue.Drop(lacking, ahead), reads);
        }
    }

    /// <summary>
    /// Returns the bytes of all packs, from a sample that is at most a second old, and the target for all mapped files.
    /// </summary>
    public PageUse Sample() => _sample.Get(_packs.Keys, () => _read() is { } use ? PageTarget.Of(use) : null);

    public void Dispose() => _timer.Dispose();

    private void Probe(string path)
    {
        lock (_gate)
        {
            if (_wasProbed)
            {
                return;
            }

            _wasProbed = true;
            if (_findProblem(path) is { } problem)
            {
                IsOff = true;
                _logger.LogInformation(
                    "The system alone decides which mapped model files stay in memory, because this process can't "
                    + "manage them: {Problem} ({Path})", problem, path);
            }
        }
    }

    private void ReadUse()
    {
        (_use, _useReadAt, _addedSince, _readSince) = (_read(), Now, 0, 0);
        _reads++;
    }

    private long RoomIn(MemoryUse use) => PageTarget.Of(use) - use.MappedBytes - _addedSince;

    /// <summary>
    /// Counts bytes as read. Does nothing if the memory use has been read since, because that reading includes them.
    /// </summary>
    private void CountAdded(long bytes, int reads)
    {
        lock (_gate)
        {
            _addedSince += reads == _reads ? bytes : 0;
        }
    }

    private void LetGo()
    {
        var isTight = false;
        try
        {
            isTight = LetGoOfIdle();
        }
        catch (Exception exception)
        {
            // On the timer's thread, an exception would end the process.
            _logger.LogDebug(exception, "Checking the memory limit failed");
        }

        _timer.Change(isTight ? LookWhenTight : Look, Timeout.InfiniteTimeSpan);
    }

    /// <returns>True if little memory is free.</returns>
    private bool LetGoOfIdle()
    {
        long bytes;
        bool isTight;
        int reads;
        lock (_gate)
        {
            ReadUse();
            if (_use is not { } use)
            {
                return false;
            }

            var room = RoomIn(use);
            isTight = room < use.LimitBytes / ShareTight;
            // Only half, because other processes do the same.
            bytes = ((use.LimitBytes / ShareLeftFree) - room) / 2;
            reads = _reads;
        }

        var freed = 0L;
        foreach (var pack in bytes > 0 ? _queue.Choose(bytes, LetGoAfter) : [])
        {
            freed += pack.Drop();
        }

        CountAdded(-freed, reads);
        return isTight;
    }
}
