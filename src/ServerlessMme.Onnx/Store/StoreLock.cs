namespace ServerlessMme.Onnx.Store;

/// <summary>
/// Exclusive use of the store by one thread of one process; released by the system when the process dies.
/// </summary>
internal static class StoreLock
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>Waits for the lock; disposing the stream releases it.</summary>
    public static async Task<FileStream> TakeAsync(string path, TimeProvider time, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TryTake(path) is { } held)
            {
                return held;
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <summary>The lock, or null when another thread or process holds it.</summary>
    public static FileStream? TryTake(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
        }
        catch (IOException exception) when (IsSharingViolation(exception))
        {
            return null;
        }
    }

    /// <summary>
    /// True when another process has the file open. The owner may have deleted it since, so existence proves nothing.
    /// </summary>
    private static bool IsSharingViolation(IOException exception)
    {
        const int windowsSharing = unchecked((int)0x80070020);
        const int windowsLock = unchecked((int)0x80070021);
        const int linuxWouldBlock = 11;
        const int macWouldBlock = 35;
        return exception.HResult is windowsSharing or windowsLock
            || exception.HResult == (OperatingSystem.IsMacOS() ? macWouldBlock : linuxWouldBlock);
    }
}
