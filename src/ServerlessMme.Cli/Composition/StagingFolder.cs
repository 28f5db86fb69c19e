namespace ServerlessMme.Cli.Composition;

/// <summary>
/// A temporary folder that is deleted at the end. If a process is killed, the next process that uses the same prefix
/// deletes the folder. A folder is in use while a process holds the lock on a file in it.
/// </summary>
internal sealed class StagingFolder : IDisposable
{
    private const string LockName = "lock";

    // Between the creation of a folder and its lock, another process must not treat it as abandoned.
    private static readonly TimeSpan LongEnough = TimeSpan.FromDays(1);

    private readonly DirectoryInfo _root;
    private readonly FileStream _lock;

    private StagingFolder(DirectoryInfo root)
    {
        _root = root;
        _lock = Lock(Path.Combine(root.FullName, LockName));
        FullName = root.CreateSubdirectory("work").FullName;
    }

    /// <summary>The folder for the caller's files.</summary>
    public string FullName { get; }

    /// <summary>Creates a folder that only this user may read, and deletes those of killed processes.</summary>
    /// <param name="prefix">The beginning of the name.</param>
    public static StagingFolder Create(string prefix)
    {
        DeleteAbandoned(Path.GetTempPath(), prefix, TimeProvider.System);
        return new StagingFolder(Directory.CreateTempSubdirectory(prefix));
    }

    /// <summary>Deletes the folders that have the prefix and whose process has ended.</summary>
    internal static void DeleteAbandoned(string parent, string prefix, TimeProvider time)
    {
        foreach (var folder in new DirectoryInfo(parent).EnumerateDirectories(prefix + "*"))
        {
            try
            {
                // Another user may have put a link here.
                if (folder.LinkTarget is null && IsAbandoned(folder, time))
                {
                    folder.Delete(recursive: true);
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The folder is in use, or belongs to another user.
            }
        }
    }

    public void Dispose()
    {
        _lock.Dispose();
        try
        {
            _root.Delete(recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Another process has already deleted the folder, which looks abandoned without its lock.
        }
    }

    private static bool IsAbandoned(DirectoryInfo folder, TimeProvider time)
    {
        var path = Path.Combine(folder.FullName, LockName);
        if (!File.Exists(path))
        {
            return time.GetUtcNow() - folder.LastWriteTimeUtc > LongEnough;
        }

        // Fails while the process that created the folder is running.
        using var acquired = Lock(path);
        return true;
    }

    private static FileStream Lock(string path) =>
        new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
}
