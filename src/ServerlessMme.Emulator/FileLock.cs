namespace ServerlessMme.Emulator;

/// <summary>Lets one process at a time do something.</summary>
internal static class FileLock
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>Waits until no other process holds the file. Disposing the result lets the next one in.</summary>
    public static async Task<FileStream> AcquireAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(Interval, TimeProvider.System, cancellationToken);
            }
        }
    }
}
