namespace ServerlessMme.Onnx.Store;

/// <summary>
/// Exclusive use of the store by one thread of one process. The system releases the lock if the process ends.
/// </summary>
internal static class StoreLock
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>Waits for the lock. Dispose the stream to release it.</summary>
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

    /// <summary>Takes the lock, or returns null if another thread or process holds it.</summary>
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
    /// Returns true if another process has the file open. The file may no longer exist, because its owner may have
    /// deleted it.
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
