namespace ServerlessMme.Onnx.Store;

/// <summary>
/// This process among those that use a store: a lock that lives as long as the process, and beside it a folder with
/// the marks of the models in use and its temporary files. Any process that finds a folder without a lock may delete
/// it, so a crash leaves nothing behind. Thread-safe.
/// </summary>
internal sealed class StoreUser : IDisposable
{
    private const string LockSuffix = ".lock";
    private const string MarksName = "models";
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _uses = [];
    private readonly FileStream _lock;
    private readonly UseMarks _marks;
    private readonly string _folder;
    private bool _disposed;

    public StoreUser(StoreLayout layout)
    {
        FileStream? held;
        do
        {
            // A sweep in another process may take a new file before it is locked. Another name is as good.
            _folder = Path.Combine(layout.Users, Guid.NewGuid().ToString("n"));
            held = StoreLock.TryTake(_folder + LockSuffix);
        }
        while (held is null);
        _lock = held;
        Directory.CreateDirectory(_folder);
        _marks = new UseMarks(Path.Combine(_folder, MarksName));
    }

    /// <summary>Marks a model as in use, until <see cref="Leave"/> was called as often.</summary>
    public void Enter(string key)
    {
        lock (_gate)
        {
            var uses = _uses.GetValueOrDefault(key);
            if (uses == 0)
            {
                _marks.Add(key);
            }

            _uses[key] = uses + 1;
        }
    }

    public void Leave(string key)
    {
        lock (_gate)
        {
            if (_disposed || --_uses[key] > 0)
            {
                return;
            }

            _uses.Remove(key);
            _marks.Remove(key);
        }
    }

    /// <summary>A new folder for temporary files; the caller deletes it.</summary>
    public string NewFolder() =>
        Directory.CreateDirectory(Path.Combine(_folder, $"tmp-{Guid.NewGuid():n}")).FullName;

    /// <summary>Models that any living process uses. Under the store's lock, after <see cref="SweepDead"/>.</summary>
    public static HashSet<string> InUse(StoreLayout layout) =>
    [
        .. Directory.GetDirectories(layout.Users).SelectMany(folder => UseMarks.Read(Path.Combine(folder, MarksName))),
    ];

    /// <summary>Deletes the leftovers of dead processes. Under the store's lock.</summary>
    public static void SweepDead(StoreLayout layout)
    {
        foreach (var path in Directory.GetFiles(layout.Users, "*" + LockSuffix))
        {
            using var dead = StoreLock.TryTake(path);
            if (dead is null)
            {
                continue;
            }

            var folder = path[..^LockSuffix.Length];
            try
            {
                if (Directory.Exists(folder))
                {
                    Directory.Delete(folder, recursive: true);
                }

                File.Delete(path);
            }
            catch (IOException)
            {
                // A child of the dead process still writes, for a moment. The next sweep finds the rest.
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            _marks.Dispose();
            Directory.Delete(_folder, recursive: true);
        }

        _lock.Dispose();
        File.Delete(_folder + LockSuffix);
    }
}
