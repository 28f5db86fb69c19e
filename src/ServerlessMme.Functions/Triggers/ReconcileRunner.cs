using Microsoft.Extensions.Options;
using ServerlessMme.Core.Reconcile;
using ServerlessMme.Functions.Hosting;

namespace ServerlessMme.Functions.Triggers;

/// <summary>ReconcileRunner, one at a time in this process, and what the last one over all models found. Thread-safe.</summary>
public sealed class ReconcileRunner(Reconciler reconciler, IOptions<TriggerOptions> options, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>The last sweep over all models in this process; null before the first.</summary>
    public LastSweep? Last { get; private set; }

    /// <summary>Asks for every image of every model that has no current label.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => RunAloneAsync(
        async stopping => Last = new LastSweep(time.GetUtcNow(), await reconciler.SweepAsync(stopping)),
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

/// <summary>What a sweep over all models found.</summary>
/// <param name="Asked">Images that it asked for.</param>
public sealed record LastSweep(DateTimeOffset At, int Asked);
