namespace ServerlessMme.Onnx.Pages;

/// <summary>
/// Reads the files of a few models at a time on other threads. More reads would only wait for the same disk, on threads
/// that requests need. Thread-safe; one per process.
/// </summary>
/// <param name="queue">Runs work on another thread.</param>
internal sealed class ReadAhead(Action<Action> queue)
{
    public const int MostAtOnce = 2;

    private readonly Lock _gate = new();
    private readonly HashSet<object> _reading = [];

    public ReadAhead()
        : this(static work => ThreadPool.UnsafeQueueUserWorkItem(static work => work(), work, preferLocal: false))
    {
    }

    /// <summary>Begins to read on another thread, and returns immediately.</summary>
    /// <param name="owner">The object to read for. It has at most one read at a time.</param>
    /// <returns>
    /// False if the owner is already being read, or if too many others are. The run then reads the pages itself.
    /// </returns>
    public bool TryStart(object owner, Action read)
    {
        lock (_gate)
        {
            if (_reading.Count >= MostAtOnce || !_reading.Add(owner))
            {
                return false;
            }
        }

        queue(() => Read(owner, read));
        return true;
    }

    private void Read(object owner, Action read)
    {
        try
        {
            read();
        }
        catch (Exception)
        {
            // Nobody waits for this thread, and an exception would end the process. The run will fail in the same way.
        }
        finally
        {
            lock (_gate)
            {
                _reading.Remove(owner);
            }
        }
    }
}
