namespace ServerlessMme.Onnx.Pages;

/// <summary>A pack that is mapped in this process. Packs are dropped from memory as a whole. Thread-safe.</summary>
/// <param name="path">Path of the pack's file.</param>
/// <param name="address">Address of the whole pack, valid until <see cref="Close"/>.</param>
/// <param name="written">
/// When the mapped file was last written. Distinguishes it from a later file with the same path.
/// </param>
/// <param name="time">The clock of all timestamps.</param>
internal sealed class MappedPack(string path, nint address, long length, DateTime written, TimeProvider time)
{
    private const int PagesPerCount = 1024;

    private readonly Lock _mapped = new();
    private readonly UseFrequency _uses = new(time);
    private volatile bool _closed;
    private int _runs;
    private long _usedAt = time.GetTimestamp();
    private int _drops;
    private long _droppable = long.MaxValue / 2;

    public nint Address => address;

    public long Length => length;

    /// <summary>True while a session that needs the pack runs.</summary>
    public bool IsRunning => Volatile.Read(ref _runs) > 0;

    /// <summary>True while the pack is mapped and no session that needs it runs.</summary>
    public bool CanBeDropped => !_closed && !IsRunning;

    /// <summary>When a run last began, as a timestamp.</summary>
    public long UsedAt => Volatile.Read(ref _usedAt);

    /// <summary>Changes before any pages are dropped, even if none leave memory.</summary>
    public int Drops => Volatile.Read(ref _drops);

    /// <summary>
    /// Bytes that a drop is expected to free: 0 after a drop that freed nothing, until pages are counted again. The
    /// system may have reclaimed pages since the last count.
    /// </summary>
    public long DroppableBytes => Math.Min(length, Volatile.Read(ref _droppable));

    /// <summary>Returns how often the pack was used lately; at least 1.</summary>
    /// <param name="now">A timestamp.</param>
    public double UsesAt(long now) => _uses.At(now);

    public void BeginRun(long at)
    {
        Interlocked.Increment(ref _runs);
        Volatile.Write(ref _usedAt, at);
        _uses.Add(at);
    }

    public void EndRun() => Interlocked.Decrement(ref _runs);

    /// <summary>Records that pages of the pack were read.</summary>
    public void AddRead(long bytes)
    {
        lock (_mapped)
        {
            Volatile.Write(ref _droppable, Math.Min(length, _droppable + bytes));
        }
    }

    /// <summary>
    /// Estimates the pack's pages in memory from a sample, for a session that needs the pack after a drop. Another
    /// process may have kept pages in memory, or they may have come back without a call to <see cref="AddRead"/>.
    /// </summary>
    public void Recount()
    {
        lock (_mapped)
        {
            if (!_closed)
            {
                var resident = Sample(new PageRange(this, 0, length), PagesPerCount);
                Volatile.Write(ref _droppable, Math.Max(_droppable, resident));
            }
        }
    }

    /// <summary>
    /// Drops the pack from memory unless a session that needs it runs. A run that begins in the meantime sees that
    /// <see cref="Drops"/> has changed, and reads the pages that it needs again.
    /// </summary>
    /// <returns>Bytes freed.</returns>
    public long Drop()
    {
        lock (_mapped)
        {
            if (!CanBeDropped)
            {
                return 0;
            }

            // A run counts itself before it reads this, so at least one of the two sees the other.
            Interlocked.Increment(ref _drops);
            if (IsRunning)
            {
                return 0;
            }

            var before = PageAdvice.CountResident(address, length);
            if (before > 0)
            {
                PageAdvice.Drop(path, address, length, written);
            }

            var after = before > 0 ? PageAdvice.CountResident(address, length) : 0;
            // If other processes have mapped the file, the last of them to drop it frees the pages.
            Volatile.Write(ref _droppable, after < before ? after * PageAdvice.PageBytes : 0);
            return (before - after) * PageAdvice.PageBytes;
        }
    }

    /// <summary>Returns the bytes of whole pages that aren't in memory. Waits for a drop in progress.</summary>
    /// <param name="range">A part of the pack, which the caller keeps mapped.</param>
    public long CountMissing(PageRange range)
    {
        lock (_mapped)
        {
            var resident = PageAdvice.CountResident(range.Address, range.Length);
            return (PageAdvice.Pages(range.Length) - resident) * PageAdvice.PageBytes;
        }
    }

    /// <summary>Reads a part of the pack into memory. The caller must keep the pack mapped.</summary>
    public void Populate(PageRange range) => PageAdvice.Populate(range.Address, range.Length, IsWhole);

    /// <summary>Returns false if the file was truncated. Touching the lost pages would end the process.</summary>
    internal bool IsWhole()
    {
        var file = new FileInfo(path);
        return !file.Exists || file.Length >= length;
    }

    /// <summary>Estimates the bytes that are in memory from a sample of this many pages.</summary>
    public long SampleResident(int pages)
    {
        lock (_mapped)
        {
            return _closed ? 0 : Sample(new PageRange(this, 0, length), pages);
        }
    }

    /// <summary>Estimates the bytes of a range that are in memory. The caller must keep the pack mapped.</summary>
    public static long Sample(PageRange range, int pages)
    {
        var all = PageAdvice.Pages(range.Length);
        if (all <= pages)
        {
            return Math.Min(range.Length, PageAdvice.CountResident(range.Address, range.Length) * PageAdvice.PageBytes);
        }

        const int Windows = 4;
        var (seen, resident) = (0L, 0L);
        for (var i = 0; i < Windows; i++)
        {
            var size = Math.Max(1, pages / Windows);
            var first = (all - size) * i / (Windows - 1);
            seen += size;
            resident += PageAdvice.CountResident(
                range.Address + (nint)(first * PageAdvice.PageBytes), (long)size * PageAdvice.PageBytes);
        }

        return (long)((double)range.Length * resident / seen);
    }

    /// <summary>Called before the pack is unmapped. Its addresses are not used afterwards.</summary>
    public void Close()
    {
        lock (_mapped)
        {
            _closed = true;
        }
    }
}

/// <summary>Whole pages of a pack.</summary>
/// <param name="Offset">The start of a page.</param>
internal readonly record struct PageRange(MappedPack Pack, long Offset, long Length)
{
    public nint Address => Pack.Address + (nint)Offset;

    public long End => Offset + Length;

    /// <summary>Rounds ranges of bytes to whole pages, and joins ranges that touch.</summary>
    public static PageRange[] Join(IEnumerable<PageRange> bytes)
    {
        var joined = new List<PageRange>();
        foreach (var pack in bytes.Where(range => range.Length > 0).GroupBy(range => range.Pack))
        {
            var first = joined.Count;
            foreach (var range in pack.OrderBy(range => range.Offset))
            {
                var begin = range.Offset - (range.Offset % PageAdvice.PageBytes);
                if (joined.Count > first && joined[^1] is var last && begin <= last.End)
                {
                    joined[^1] = last with { Length = Math.Max(last.End, PageEnd(range)) - last.Offset };
                }
                else
                {
                    joined.Add(new PageRange(pack.Key, begin, PageEnd(range) - begin));
                }
            }
        }

        return [.. joined];
    }

    // The last page of a file may be shorter, and its map ends with the page.
    private static long PageEnd(PageRange range) => PageAdvice.Pages(range.End) * PageAdvice.PageBytes;
}
