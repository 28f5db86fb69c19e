namespace ServerlessMme.Onnx.Pages;

/// <summary>
/// A pack as it is mapped in this process: the unit that is dropped from memory. Thread-safe.
/// </summary>
/// <param name="path">Its file.</param>
/// <param name="address">Where the whole of it is mapped until <see cref="Close"/>.</param>
/// <param name="written">When the mapped file was last written: another file may have its path later.</param>
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

    /// <summary>True while a session runs that needs it.</summary>
    public bool IsRunning => Volatile.Read(ref _runs) > 0;

    /// <summary>True while it is mapped and no session runs that needs it.</summary>
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

    /// <summary>How often it was used lately; 1 at least.</summary>
    /// <param name="now">A timestamp.</param>
    public double UsesAt(long now) => _uses.At(now);

    public void BeginRun(long at)
    {
        Interlocked.Increment(ref _runs);
        Volatile.Write(ref _usedAt, at);
        _uses.Add(at);
    }

    public void EndRun() => Interlocked.Decrement(ref _runs);

    /// <summary>Its pages were read.</summary>
    public void AddRead(long bytes)
    {
        lock (_mapped)
        {
            Volatile.Write(ref _droppable, Math.Min(length, _droppable + bytes));
        }
    }

    /// <summary>
    /// Counts its pages by a sample, for a session that needs it after a drop: they may be in memory because another
    /// process kept them there, or came back without <see cref="AddRead"/>.
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
    /// Drops it from memory unless a session runs with it. A run that begins in the meantime sees that
    /// <see cref="Drops"/> has changed, and reads what it needs again.
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
            // When other processes have it mapped, this one has done its part: the last of them frees the pages.
            Volatile.Write(ref _droppable, after < before ? after * PageAdvice.PageBytes : 0);
            return (before - after) * PageAdvice.PageBytes;
        }
    }

    /// <summary>Bytes of whole pages that aren't in memory. Waits for a drop that is under way.</summary>
    /// <param name="range">A part of it, by a caller that keeps it mapped.</param>
    public long CountMissing(PageRange range)
    {
        lock (_mapped)
        {
            var resident = PageAdvice.CountResident(range.Address, range.Length);
            return (PageAdvice.Pages(range.Length) - resident) * PageAdvice.PageBytes;
        }
    }

    /// <summary>Reads a part of it, by a caller that keeps it mapped.</summary>
    public void Populate(PageRange range) => PageAdvice.Populate(range.Address, range.Length, IsWhole);

    /// <summary>False when the file was cut off: touching what it lost would end the process.</summary>
    internal bool IsWhole()
    {
        var file = new FileInfo(path);
        return !file.Exists || file.Length >= length;
    }

    /// <summary>Bytes that are in memory, by a sample of so many pages.</summary>
    public long SampleResident(int pages)
    {
        lock (_mapped)
        {
            return _closed ? 0 : Sample(new PageRange(this, 0, length), pages);
        }
    }

    /// <summary>The same for a part of it, by a caller that keeps it mapped.</summary>
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

    /// <summary>Called before it is unmapped. Its addresses are not used afterwards.</summary>
    public void Close()
    {
        lock (_mapped)
        {
            _closed = true;
        }
    }
}

/// <summary>Whole pages of a pack.</summary>
/// <param name="Offset">Begins a page.</param>
internal readonly record struct PageRange(MappedPack Pack, long Offset, long Length)
{
    public nint Address => Pack.Address + (nint)Offset;

    public long End => Offset + Length;

    /// <summary>The pages of bytes in packs, joined where they touch.</summary>
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
