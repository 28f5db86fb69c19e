using System.Collections.Concurrent;
using System.IO.Hashing;
using ServerlessMme.Onnx.Pages;
using ServerlessMme.Onnx.Store.Proto;

namespace ServerlessMme.Onnx.Store;

/// <summary>
/// The packs that this process has mapped. A pack is mapped once, no matter how many models use it, because Linux
/// allows a process only 65,530 maps. A pack is trusted if its size and modification time haven't changed since it was
/// written. Otherwise its content is hashed, once per process. Hashing every pack would take longer than the rest of a
/// load. Thread-safe.
/// </summary>
internal sealed class PackMaps(StoreLayout layout, PageKeeper keeper)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = [];
    private readonly ConcurrentDictionary<string, DateTime> _hashed = new();

    /// <summary>Keeps the packs within the memory limit.</summary>
    public PageKeeper Keeper => keeper;

    /// <summary>Number of packs that are mapped now.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>Maps a pack, or reuses its map. Dispose the result to release it.</summary>
    /// <exception cref="DamagedException">The pack is missing or damaged.</exception>
    public Use Acquire(StoredPack pack)
    {
        var path = layout.Pack(pack.Sha256.Span);
        Entry? entry;
        lock (_gate)
        {
            if (!_entries.TryGetValue(path, out entry))
            {
                _entries.Add(path, entry = new Entry());
            }

            entry.Uses++;
        }

        try
        {
            lock (entry)
            {
                if (entry.File is null)
                {
                    entry.File = Map(path, pack);
                    entry.Pages = keeper.Add(path, entry.File.Address, entry.File.Length, entry.File.Written);
                }
            }

            return new Use(this, path, entry.File, entry.Pages!);
        }
        catch
        {
            Release(path);
            throw;
        }
    }

    private MappedFile Map(string path, StoredPack pack)
    {
        var info = new FileInfo(path);
        if (!info.Exists || info.Length != pack.Length)
        {
            throw new DamagedException(path);
        }

        MappedFile file;
        try
        {
            file = new MappedFile(path, pack.Length);
        }
        catch (FileNotFoundException)
        {
            throw new DamagedException(path);
        }

        var written = info.LastWriteTimeUtc;
        if (written.Ticks == pack.Written || (_hashed.TryGetValue(path, out var seen) && seen == written))
        {
            return file;
        }

        if (Hash(file) == pack.Xxh3)
        {
            _hashed[path] = written;
            return file;
        }

        file.Dispose();
        throw new DamagedException(path);
    }

    private static ulong Hash(MappedFile file)
    {
        var hash = new XxHash3();
        for (var offset = 0L; offset < file.Length;)
        {
            var part = file.Part(offset, file.Length - offset);
            hash.Append(part);
            offset += part.Length;
        }

        return hash.GetCurrentHashAsUInt64();
    }

    private void Release(string path)
    {
        Entry? entry;
        lock (_gate)
        {
            entry = _entries[path];
            if (--entry.Uses > 0)
            {
                return;
            }

            _entries.Remove(path);
        }

        // Done outside the lock, which every load takes, because this waits while the pack is being dropped.
        if (entry.Pages is { } pages)
        {
            keeper.Remove(pages);
        }

        entry.File?.Dispose();
    }

    private sealed class Entry
    {
        public int Uses { get; set; }

        public MappedFile? File { get; set; }

        public MappedPack? Pages { get; set; }
    }

    /// <summary>The right to read a pack.</summary>
    public sealed class Use(PackMaps maps, string path, MappedFile file, MappedPack pages) : IDisposable
    {
        private int _disposed;

        public MappedFile File => file;

        public MappedPack Pages => pages;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                maps.Release(path);
            }
        }
    }
}
