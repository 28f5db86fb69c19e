using System.Threading.RateLimiting;

namespace ServerlessMme.Core.Models.Cache;

/// <summary>
/// Gives a load's turn to the next one when the load takes long, so that a few models that hang, or download slowly,
/// keep no other waiting until their deadlines. So many may be slow at once; further ones keep their turns until one of
/// those ends. Dispose at the load's end.
/// </summary>
internal sealed class SlowLoad : IAsyncDisposable
{
    /// <summary>Time after which a load is slow. Most take less than a second.</summary>
    public static readonly TimeSpan After = TimeSpan.FromSeconds(5);

    private readonly ITimer _timer;
    private RateLimitLease? _slow;

    /// <param name="turn">Given back when the load is slow.</param>
    /// <param name="slowLoads">Those that may be slow at once.</param>
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

    /// <summary>Waits for the timer, so the turn is not given back twice at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        _slow?.Dispose();
    }
}
