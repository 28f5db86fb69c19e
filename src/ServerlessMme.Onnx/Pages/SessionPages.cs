using ServerlessMme.Core.Backends;

namespace ServerlessMme.Onnx.Pages;

/// <summary>
/// The pages of mapped packs that a session reads. Before a run, it checks that they are in memory, and reads all
/// missing pages together. Page faults would read them one by one, and wait for the disk each time. Thread-safe while
/// the packs are mapped.
/// </summary>
internal sealed class SessionPages
{
    /// <summary>
    /// Maximum number of pages checked before a run, which takes less than a microsecond. A session with more pages
    /// checks different ones at each run.
    /// </summary>
    private const int PagesPerCheck = 1024;

    private const int CallsPerCheck = 4;
    private const int PagesPerSample = 1024;
    private const long Never = long.MinValue / 2;

    private readonly PageKeeper? _keeper;
    private readonly PageRange[] _ranges;
    private readonly PageRange[] _windows;
    private readonly MappedPack[] _packs;
    private readonly Lock _reading = new();
    private int _next;
    private int _seenDrops;
    private long _residentAt = Never;
    private bool _wasRead;
    private bool _isAhead;

    /// <param name="bytes">The ranges that the session reads; they may begin and end anywhere.</param>
    public SessionPages(PageKeeper? keeper, IEnumerable<PageRange> bytes)
    {
        _keeper = PageAdvice.IsSupported && keeper is { IsOff: false } ? keeper : null;
        _ranges = PageRange.Join(bytes);
        _windows = [.. _ranges.SelectMany(Windows)];
        _packs = [.. _ranges.Select(range => range.Pack).Distinct()];
        _seenDrops = Drops();
        Bytes = _ranges.Sum(range => Math.Min(range.Length, range.Pack.Length - range.Offset));
    }

    /// <summary>The pages of a session that reads no mapped files.</summary>
    public static SessionPages None { get; } = new(null, []);

    /// <summary>Size of the mapped ranges, in bytes.</summary>
    public long Bytes { get; }

    /// <summary>
    /// False if pages are known to be missing. Cheap, because all pages are checked only after a drop, and otherwise
    /// only some pages of a large session.
    /// </summary>
    public bool IsResident
    {
        get
        {
            if (_keeper is null || _windows.Length == 0)
            {
                return true;
            }

            if (Volatile.Read(ref _seenDrops) != Drops())
            {
                return Look(_keeper).Sum() == 0;
            }

            var (window, pages) = (Volatile.Read(ref _next), 0L);
            for (var calls = 0; calls < Math.Min(CallsPerCheck, _windows.Length) && pages < PagesPerCheck; calls++)
            {
                window = (window + 1) % _windows.Length;
                var wanted = PageAdvice.Pages(_windows[window].Length);
                if (PageAdvice.CountResident(_windows[window].Address, _windows[window].Length) < wanted)
                {
                    Volatile.Write(ref _residentAt, Never);
                    return false;
                }

                pages += wanted;
            }

            Volatile.Write(ref _next, window);
            Volatile.Write(ref _residentAt, _keeper.Now);
            return true;
        }
    }

    /// <summary>Keeps the packs in memory until the result is disposed, and reads the pages that are missing.</summary>
    public Running BeginRun()
    {
        if (_keeper is not null)
        {
            var now = _keeper.Now;
            foreach (var pack in _packs)
            {
                pack.BeginRun(now);
            }

            try
            {
                // Skips the check after another one in the same millisecond, such as the lease's.
                var isKnown = _keeper.IsRecent(Volatile.Read(ref _residentAt), now)
                    && Volatile.Read(ref _seenDrops) == Drops();
                if (!Volatile.Read(ref _wasRead) || (!isKnown && !IsResident))
                {
                    Read(_keeper);
                }
            }
            catch
            {
                EndRun();
                throw;
            }
        }

        return new Running(this);
    }

    /// <summary>Begins to read the missing pages while a session is being created. Runs check them again.</summary>
    public void ReadAhead()
    {
        if (_keeper is null)
        {
            return;
        }

        lock (_reading)
        {
            var missing = Array.ConvertAll(_ranges, static range => range.Pack.CountMissing(range));
            if (missing.Sum() is > 0 and var bytes)
            {
                Begin(_keeper, missing, bytes);
                for (var i = 0; i < _ranges.Length; i++)
                {
                    _ranges[i].Pack.AddRead(missing[i]);
                }

                _isAhead = true;
            }
        }
    }

    /// <summary>Reads the missing pages for an upcoming run.</summary>
    public void Prefetch() => BeginRun().Dispose();

    /// <summary>Estimates the pages in memory from a sample.</summary>
    public PageUse Sample() => new(Bytes, Math.Min(Bytes, _ranges.Sum(range => MappedPack.Sample(
        range, (int)Math.Max(1, PagesPerSample * range.Length / Math.Max(1, Bytes))))));

    /// <summary>Reads the missing pages. One thread reads, and others that need the pages wait for it.</summary>
    private void Read(PageKeeper keeper)
    {
        lock (_reading)
        {
            var drops = Drops();
            var missing = Look(keeper);
            if (missing.Sum() is > 0 and var bytes)
            {
                if (_isAhead)
                {
                    // Reading ahead has already made room.
                    keeper.MakeRoom(0);
                }
                else
                {
                    Begin(keeper, missing, bytes);
                }

                for (var i = 0; i < _ranges.Length; i++)
                {
                    if (missing[i] > 0)
                    {
                        _ranges[i].Pack.Populate(_ranges[i]);
                        _ranges[i].Pack.AddRead(missing[i]);
                    }
                }
            }

            _isAhead = false;
            Volatile.Write(ref _seenDrops, drops);
            Volatile.Write(ref _wasRead, true);
        }
    }

    /// <summary>
    /// Makes room for the missing pages and begins to read them. If the reserve is large enough, reading begins first.
    /// </summary>
    private void Begin(PageKeeper keeper, long[] missing, long bytes)
    {
        var isFirst = keeper.HasReserveFor(bytes);
        if (!isFirst)
        {
            keeper.MakeRoom(bytes);
        }

        for (var i = 0; i < _ranges.Length; i++)
        {
            if (missing[i] > 0)
            {
                PageAdvice.ReadAhead(_ranges[i].Address, _ranges[i].Length);
            }
        }

        if (isFirst)
        {
            // The disk reads in the meantime.
            keeper.MakeRoom(bytes);
        }
    }

    /// <summary>Checks all pages, and returns the bytes that each range lacks.</summary>
    private long[] Look(PageKeeper keeper)
    {
        var drops = Drops();
        var missing = Array.ConvertAll(_ranges, static range => range.Pack.CountMissing(range));
        if (drops != Volatile.Read(ref _seenDrops) || !Volatile.Read(ref _wasRead))
        {
            foreach (var pack in _packs)
            {
                pack.Recount();
            }
        }

        if (missing.Sum() == 0)
        {
            Volatile.Write(ref _seenDrops, drops);
            Volatile.Write(ref _residentAt, keeper.Now);
        }
        else
        {
            Volatile.Write(ref _residentAt, Never);
        }

        return missing;
    }

    private int Drops()
    {
        var drops = 0;
        foreach (var pack in _packs)
        {
            drops += pack.Drops;
        }

        return drops;
    }

    private static IEnumerable<PageRange> Windows(PageRange range)
    {
        var size = (long)PagesPerCheck * PageAdvice.PageBytes;
        for (var offset = 0L; offset < range.Length; offset += size)
        {
            yield return range with { Offset = range.Offset + offset, Length = Math.Min(size, range.Length - offset) };
        }
    }

    private void EndRun()
    {
        if (_keeper is not null)
        {
            foreach (var pack in _packs)
            {
                pack.EndRun();
            }
        }
    }

    /// <summary>A run that needs the pages.</summary>
    public readonly struct Running(SessionPages pages) : IDisposable
    {
        public void Dispose() => pages.EndRun();
    }
}
