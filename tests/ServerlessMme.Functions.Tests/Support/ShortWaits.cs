namespace ServerlessMme.Functions.Tests.Support;

/// <summary>
/// A clock whose waits below a length, 10 seconds by default, end at once. Longer ones are limits, and take their time.
/// </summary>
internal sealed class ShortWaits : TimeProvider
{
    private readonly List<TimeSpan> _seen = [];

    /// <summary>The waits that ended at once.</summary>
    public IReadOnlyList<TimeSpan> Seen => _seen;

    public TimeSpan Below { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What happens during such a wait.</summary>
    public Func<Task> Before { get; init; } = () => Task.CompletedTask;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime < TimeSpan.Zero || dueTime >= Below)
        {
            return base.CreateTimer(callback, state, dueTime, period);
        }

        _seen.Add(dueTime);
        var timer = base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _ = EndAsync(timer);
        return timer;
    }

    private async Task EndAsync(ITimer timer)
    {
        await Before();
        timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
