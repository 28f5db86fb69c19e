namespace ServerlessMme.Onnx.Trials;

/// <summary>
/// Child processes for trials, one per concurrent trial. An idle process waits for the next trial, and ends after a
/// while. Thread-safe.
/// </summary>
internal sealed class TrialPool : IDisposable
{
    /// <summary>How long a process waits for the next trial.</summary>
    internal static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(10);

    private readonly TrialCommand _command;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly LinkedList<(TrialProcess Process, long Since)> _idle = new();
    private bool _disposed;

    public TrialPool(TrialCommand command, TimeProvider time)
    {
        _command = command;
        _time = time;
        _timer = time.CreateTimer(_ => EndIdle(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Starts a process before it is needed.</summary>
    public void Prepare()
    {
        if (TrialProcess.TryStart(_command, _time) is { } process && !Keep(process))
        {
            process.Dispose();
        }
    }

    /// <summary>Tries a model in an idle process, or in a new one.</summary>
    public async Task<TrialReport> RunAsync(
        TrialRequest request, TimeSpan loadTimeout, CancellationToken cancellationToken)
    {
        if ((TakeIdle() ?? TrialProcess.TryStart(_command, _time)) is not { } process)
        {
            return new TrialReport(TrialEnd.NotStarted);
        }

        var kept = false;
        try
        {
            var report = await process.RunAsync(request, loadTimeout, cancellationToken);
            kept = process.IsUsable && Keep(process);
            return report;
        }
        finally
        {
            if (!kept)
            {
                process.Dispose();
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            foreach (var (process, _) in _idle)
            {
                process.Dispose();
            }

            _idle.Clear();
        }

        _timer.Dispose();
    }

    private TrialProcess? TakeIdle()
    {
        lock (_gate)
        {
            // The one that has been idle for the shortest time, so the others can time out.
            var newest = _idle.Last;
            if (newest is null)
            {
                return null;
            }

            _idle.RemoveLast();
            return newest.Value.Process;
        }
    }

    private bool Keep(TrialProcess process)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return false;
            }

            _idle.AddLast((process, _time.GetTimestamp()));
            if (_idle.Count == 1)
            {
                _timer.Change(IdleTime, Timeout.InfiniteTimeSpan);
            }

            return true;
        }
    }

    private void EndIdle()
    {
        lock (_gate)
        {
            while (_idle.First is { } oldest && _time.GetElapsedTime(oldest.Value.Since) >= IdleTime)
            {
                oldest.Value.Process.Dispose();
                _idle.RemoveFirst();
            }

            if (_idle.First is { } next && !_disposed)
            {
                var left = IdleTime - _time.GetElapsedTime(next.Value.Since);
                _timer.Change(left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            }
        }
    }
}
