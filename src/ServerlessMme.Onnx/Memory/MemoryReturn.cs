namespace ServerlessMme.Onnx.Memory;

/// <summary>
/// Trims the heap shortly after memory was freed, once for all memory that is freed in the meantime. Thread-safe.
/// </summary>
internal sealed class MemoryReturn : IDisposable
{
    /// <summary>Long enough to cover an eviction of many models, but shorter than the time until the next.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(250);

    /// <summary>Pause per trim, as a multiple of its duration: trimming takes 5% of the time at most.</summary>
    private const int PausePerTrim = 20;

    private readonly TimeProvider _time;
    private readonly Action _trim;
    private readonly ITimer _timer;
    private TimeSpan _pause = Delay;
    private int _asked;

    public MemoryReturn(TimeProvider time, Action? trim = null)
    {
        _time = time;
        _trim = trim ?? NativeHeap.Trim;
        _timer = time.CreateTimer(_ => Trim(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Asks for a trim, after an eviction or a load has freed memory.</summary>
    public void Ask()
    {
        if (Interlocked.Exchange(ref _asked, 1) == 0)
        {
            _timer.Change(_pause, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Trim()
    {
        // Reset first, so memory freed during this trim gets another one.
        Volatile.Write(ref _asked, 0);
        var started = _time.GetTimestamp();
        _trim();
        var pause = _time.GetElapsedTime(started) * PausePerTrim;
        _pause = pause > Delay ? pause : Delay;
    }
}
