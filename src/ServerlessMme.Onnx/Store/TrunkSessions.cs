using ServerlessMme.Core.Backends;
using ServerlessMme.Onnx.Sessions;

namespace ServerlessMme.Onnx.Store;

/// <summary>
/// The trunks that this process has open. A trunk is opened once, no matter how many models use it. Thread-safe.
/// </summary>
internal sealed class TrunkSessions
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = [];
    private IReadOnlyList<TrunkStatus>? _status;

    /// <summary>
    /// Returns the status of all open trunks. Cheap, because the list is created only after a change.
    /// </summary>
    public IReadOnlyList<TrunkStatus> Status()
    {
        if (Volatile.Read(ref _status) is { } status)
        {
            return status;
        }

        lock (_gate)
        {
            return _status = [.. _entries.Values
                .Where(entry => entry.Trunk is not null)
                .Select(entry => new TrunkStatus(entry.Trunk!.Id, entry.Loaded!.PrivateBytes, entry.Uses))];
        }
    }

    /// <summary>Opens a trunk, or reuses it if it is open. Returns null if it can't be opened.</summary>
    /// <param name="key">The trunk's key in the store.</param>
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
            _status = null;
        }

        Trunk? trunk = null;
        try
        {
            lock (entry)
            {
                entry.Loaded ??= open();
                if (entry.Loaded is { } session)
                {
                    trunk = new Trunk(hash, session.Session, session.Pages, () => Release(key));
                    entry.Trunk ??= trunk;
                }
            }

            lock (_gate)
            {
                _status = null;
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
            _status = null;
            if (--entry.Uses > 0)
            {
                return;
            }

            loaded = entry.Loaded;
            _entries.Remove(key);
        }

        loaded?.Dispose();
    }

    private sealed class Entry
    {
        public int Uses { get; set; }

        public LoadedSession? Loaded { get; set; }

        public Trunk? Trunk { get; set; }
    }
}
