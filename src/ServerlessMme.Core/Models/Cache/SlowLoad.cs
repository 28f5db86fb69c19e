using System.Threading.RateLimiting;

namespace ServerlessMme.Core.Models.Cache;

/// <summary>
/// Passes a load's turn to the next one if the load is slow, so a few models that hang, or download slowly, don't keep
/// others waiting until their deadlines. The number of slow loads is limited; further slow loads keep their turns until
/// another one ends. Dispose it when the load ends.
/// </summary>
internal sealed class SlowLoad : IAsyncDisposable
{
    /// <summary>Time after which a load is slow. Most take less than a second.</summary>
    public static readonly TimeSpan After = TimeSpan.FromSeconds(5);

    private readonly ITimer _timer;
    private RateLimitLease? _slow;

    /// <param name="turn">The load's turn, which is released if the load is slow.</param>
    /// <param name="slowLoads">Limits the number of slow loads.</param>
    public SlowLoad(RateLimitLease turn, ConcurrencyLimiter slowLoads, TimeProvider time)
    {
        _timer = time.CreateTimer(
            _ =>
            {
                if (_slow is null && slowLoads.AttemptAcquire() is { IsAcquired: true } slow)
                {
                    _slow = slow;
                    turn.Dispose();
                }
            },
            null, After, After);
    }

    /// <summary>Waits for the timer, so the turn is not released twice at the same time.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        _slow?.Dispose();
    }
}
