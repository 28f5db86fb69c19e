using Microsoft.Extensions.Logging;

namespace ServerlessMme.Core.Processing;

/// <summary>
/// Spaces out the reads of a queue that cannot be read, and logs an outage twice: when it begins and when it is over.
/// One per queue, shared by its listeners. Thread-safe.
/// </summary>
/// <param name="interval">Wait after the first failure; doubles with each further one.</param>
internal sealed class PollBackoff(TimeSpan interval, TimeProvider time, ILogger logger)
{
    // The first label after an outage waits at most this long for a read.
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(15);

    private readonly Lock _lock = new();
    private TimeSpan? _delay;
    private long _began;

    /// <summary>A read failed. Returns the wait before the next one.</summary>
    public TimeSpan Fail(Exception exception)
    {
        lock (_lock)
        {
            if (_delay is { } last)
            {
                _delay = last * 2 < MaxDelay ? last * 2 : Max(interval, MaxDelay);
                return _delay.Value;
            }

            _began = time.GetTimestamp();
            _delay = interval;
        }

        logger.LogError(exception, "The queue cannot be read; the worker keeps trying");
        return interval;
    }

    /// <summary>A read succeeded.</summary>
    public void Succeed()
    {
        TimeSpan outage;
        lock (_lock)
        {
            if (_delay is null)
            {
                return;
            }

            _delay = null;
            outage = time.GetElapsedTime(_began);
        }

        logger.LogInformation("The queue can be read again after {Seconds:0} seconds", outage.TotalSeconds);
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
