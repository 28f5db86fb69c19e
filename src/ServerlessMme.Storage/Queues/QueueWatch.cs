using Azure;
using Microsoft.Extensions.Logging;

namespace ServerlessMme.Storage.Queues;

/// <summary>Looks at the queues once a minute, for <see cref="QueueMetrics"/>. One per process.</summary>
public sealed class QueueWatch(
    StorageAccount account, QueueMetrics metrics, TimeProvider time, ILogger<QueueWatch> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>Looks until cancelled. Trouble with storage is logged and waited out.</summary>
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
            catch (Exception exception) when (exception is RequestFailedException or AggregateException)
            {
                // An old reading would look like a queue that stands still.
                metrics.Record(null);
                logger.LogWarning(exception, "The queues cannot be looked at; trying again in {Interval}", Interval);
            }

            await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    internal async Task<QueueReading> ReadAsync(CancellationToken cancellationToken)
    {
        var waiting = await account.Classify.GetPropertiesAsync(cancellationToken);
        var poison = await account.Poison.GetPropertiesAsync(cancellationToken);
        var next = (await account.Classify.PeekMessageAsync(cancellationToken)).Value;
        var age = next?.InsertedOn is { } inserted ? time.GetUtcNow() - inserted : TimeSpan.Zero;
        return new QueueReading(
            waiting.Value.ApproximateMessagesCount,
            poison.Value.ApproximateMessagesCount,
            age < TimeSpan.Zero ? TimeSpan.Zero : age);
    }
}
