using Microsoft.Extensions.Logging;

namespace ServerlessMme.Core.Queues;

/// <summary>Reads the queues once a minute for <see cref="QueueMetrics"/>. One per process.</summary>
public sealed class QueueWatch(
    MessageQueues queues, QueueMetrics metrics, TimeProvider time, ILogger<QueueWatch> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>Reads until canceled. Failures are logged, and the next reading follows on schedule.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                metrics.Record(await ReadAsync(cancellationToken));
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // An outdated reading would look like a stalled queue.
                metrics.Record(null);
                logger.LogWarning(exception, "The queues could not be read; retrying in {Interval}", Interval);
            }

            await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    internal async Task<QueueReading> ReadAsync(CancellationToken cancellationToken)
    {
        var waiting = await queues.Classify.CountAsync(cancellationToken);
        var poison = await queues.Poison.CountAsync(cancellationToken);
        var next = await queues.Classify.PeekAsync(1, cancellationToken);
        var age = next is [{ InsertedOn: { } inserted }] ? time.GetUtcNow() - inserted : TimeSpan.Zero;
        return new QueueReading(waiting, poison, age < TimeSpan.Zero ? TimeSpan.Zero : age);
    }
}
