namespace ServerlessMme.Onnx.Store;

/// <summary>
/// This process as a user of the store. It holds a lock until it ends, and has a folder for its temporary files and the
/// list of models that it uses. Other processes delete folders whose lock isn't held, so a crash leaves nothing behind.
/// Thread-safe.
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
            // A sweep in another process may lock a new file before this process does. In that case, try another name.
            _folder = Path.Combine(layout.Users, Guid.NewGuid().ToString("n"));
            held = StoreLock.TryTake(_folder + LockSuffix);
        }
        while (held is null);
        _lock = held;
        try
        {
            Directory.CreateDirectory(_folder);
            _marks = new UseMarks(Path.Combine(_folder, MarksName));
        }
        catch
        {
            _lock.Dispose();
            throw;
        }
    }

    /// <summary>Marks a model as in use until <see cref="Leave"/> has been called once for each call of this method.</summary>
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

    /// <summary>Creates a folder for temporary files. The caller deletes it.</summary>
    public string NewFolder() =>
        Directory.CreateDirectory(Path.Combine(_folder, $"tmp-{Guid.NewGuid():n}")).FullName;

    /// <summary>
    /// Returns the models that any running process uses. Requires the store's lock. Call <see cref="SweepDead"/> first.
    /// </summary>
    public static HashSet<string> InUse(StoreLayout layout) =>
    [
        .. Directory.GetDirectories(layout.Users).SelectMany(folder =>
            UseMarks.Read(Path.Combine(folder, MarksName)).Concat(OlderMarks(folder))),
    ];

    /// <summary>The models that a process of version 0.1.0 uses: an empty file for each.</summary>
    private static List<string> OlderMarks(string folder)
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path))
                .Where(name => name.Length == UseMarks.KeyLength)];
        }
        catch (Exception exception) when (exception is DirectoryNotFoundException
            || (exception is UnauthorizedAccessException && OperatingSystem.IsWindows()))
        {
            // Being deleted.
            return [];
        }
    }

    /// <summary>Deletes the leftover files of processes that have ended. Requires the store's lock.</summary>
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
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // A child of the ended process may still be writing. The next sweep deletes the rest.
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
            try
            {
                Directory.Delete(_folder, recursive: true);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Another process is reading the marks, which stops a deletion on Windows. The next sweep deletes them.
                _lock.Dispose();
                return;
            }
        }

        _lock.Dispose();
        File.Delete(_folder + LockSuffix);
    }
}
