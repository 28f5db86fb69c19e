using Microsoft.Extensions.Logging;

namespace ServerlessMme.Core.Processing;

/// <summary>
/// Backs off while a queue cannot be read, and logs each outage twice: when it begins and when it ends. One per queue,
/// shared by its listeners. Thread-safe.
/// </summary>
/// <param name="interval">Wait after the first failure; doubles with each further one.</param>
internal sealed class PollBackoff(TimeSpan interval, TimeProvider time, ILogger logger)
{
    // Upper bound on the delay of the first label after an outage.
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(15);

    private readonly Lock _lock = new();
    private TimeSpan? _delay;
    private long _began;

    /// <summary>Reports a failed read. Returns the wait before the next one.</summary>
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

        logger.LogError(exception, "The queue cannot be read; the worker keeps retrying");
        return interval;
    }

    /// <summary>Reports a successful read.</summary>
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
