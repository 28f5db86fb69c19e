using Microsoft.Extensions.Options;
using ServerlessMme.Core.Reconcile;

namespace ServerlessMme.Functions.Triggers;

/// <summary>Runs sweeps one at a time in this process, and remembers the last one. Thread-safe.</summary>
public sealed class ReconcileRunner(Reconciler reconciler, IOptions<TriggerOptions> options, TimeProvider time)
    : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>The last sweep that this process completed; null before the first.</summary>
    public LastSweep? Last { get; private set; }

    /// <summary>Sweeps all models: requests a label for every image without a current one.</summary>
    /// <exception cref="TimeoutException">The sweep was stopped at the time limit.</exception>
    public Task RunAsync(CancellationToken cancellationToken) => RunAloneAsync(
        async stopping =>
        {
            var counts = await reconciler.SweepAsync(stopping);
            Last = new LastSweep(time.GetUtcNow(), counts.Asked, counts.Failed);
        },
        cancellationToken);

    public void Dispose() => _one.Dispose();

    private Task RunAloneAsync(Func<CancellationToken, Task> sweep, CancellationToken cancellationToken) =>
        TimeLimit.RunAsync(options.Value.TimeLimit, time, async stopping =>
        {
            await _one.WaitAsync(stopping);
            try
            {
                await sweep(stopping);
            }
            finally
            {
                _one.Release();
            }
        }, cancellationToken);
}

/// <summary>The result of a sweep over all models.</summary>
/// <param name="Asked">Images for which the sweep requested a label.</param>
/// <param name="Failed">Models whose containers could not be listed.</param>
public sealed record LastSweep(DateTimeOffset At, int Asked, int Failed);
