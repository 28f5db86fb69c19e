using ServerlessMme.Core.Backends;
using ServerlessMme.Onnx.Sessions;

namespace ServerlessMme.Onnx.Store;

/// <summary>
/// The trunks that this process has open, each once however many models use it. Thread-safe.
/// </summary>
internal sealed class TrunkSessions
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = [];
    private long _bytes;

    /// <summary>Private bytes of all of them. Cheap.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    public IReadOnlyList<TrunkStatus> Status()
    {
        lock (_gate)
        {
            return [.. _entries.Values
                .Where(entry => entry.Trunk is not null)
                .Select(entry => new TrunkStatus(entry.Trunk!.Id, entry.Loaded!.PrivateBytes, entry.Uses))];
        }
    }

    /// <summary>Opens a trunk, or uses the one that is open; null when it can't be opened.</summary>
    /// <param name="key">Its key in the store.</param>
    /// <param name="hash">As <see cref="Trunk.Hash"/>.</param>
    public Trunk? Acquire(string key, string hash, Func<LoadedSession?> open)
    {
        Entry? entry;
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out entry))
            {
                _entries.Add(key, entry = new Entry());
            }

            entry.Uses++;
        }

        Trunk? trunk = null;
        try
        {
            lock (entry)
            {
                if (entry.Loaded is null && open() is { } loaded)
                {
                    Interlocked.Add(ref _bytes, loaded.PrivateBytes);
                    entry.Loaded = loaded;
                }

                if (entry.Loaded is { } session)
                {
                    entry.Trunk = trunk = new Trunk(hash, session.Session, () => Release(key));
                }
            }

            return trunk;
        }
        finally
        {
            if (trunk is null)
            {
                Release(key);
            }
        }
    }

    private void Release(string key)
    {
        LoadedSession? loaded;
        lock (_gate)
        {
            var entry = _entries[key];
            if (--entry.Uses > 0)
            {
                return;
            }

            loaded = entry.Loaded;
            _entries.Remove(key);
        }

        if (loaded is not null)
        {
            Interlocked.Add(ref _bytes, -loaded.PrivateBytes);
            loaded.Dispose();
        }
    }

    private sealed class Entry
    {
        public int Uses { get; set; }

        public LoadedSession? Loaded { get; set; }

        public Trunk? Trunk { get; set; }
    }
}
