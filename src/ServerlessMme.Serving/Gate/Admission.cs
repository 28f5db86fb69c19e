using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using ServerlessMme.Serving.Errors;
using ServerlessMme.Serving.Settings;

namespace ServerlessMme.Serving.Gate;

/// <summary>
/// Limits the requests being served and the requests being scored. Uses two limiters, because a request is also being
/// served while its model is loaded. Thread-safe.
/// </summary>
internal sealed class Admission(IOptions<ServeOptions> options) : IDisposable
{
    private readonly ConcurrencyLimiter _served = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = options.Value.MaxConcurrent + options.Value.MaxQueued,
        QueueLimit = 0,
    });

    private readonly ConcurrencyLimiter _scored = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = options.Value.MaxConcurrent,
        QueueLimit = int.MaxValue,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    /// <summary>Admits a request until the lease is disposed.</summary>
    /// <exception cref="ServeException">503: too many requests are being served.</exception>
    public RateLimitLease Enter()
    {
        var lease = _served.AttemptAcquire();
        return lease.IsAcquired ? lease : throw new ServeException(ServeError.Busy);
    }

    /// <summary>Waits for a turn to score, first come first served, and runs the work.</summary>
    public async Task<T> RunAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        using var turn = await _scored.AcquireAsync(1, cancellationToken);
        // A limiter that is disposed at shutdown ends the wait without a turn.
        return turn.IsAcquired ? await work() : throw new ServeException(ServeError.Busy);
    }

    public void Dispose()
    {
        _served.Dispose();
        _scored.Dispose();
    }
}
