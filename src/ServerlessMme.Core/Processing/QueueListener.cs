using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Core.Processing;

/// <summary>
/// Takes messages from <c>classify</c> where no Functions host does: renews their visibility timeout while they are
/// processed, deletes them when they are answered, retries them with backoff when they fail, and gives up after the
/// maximum number of tries. One per process.
/// </summary>
public sealed class QueueListener(
    MessageQueues queues,
    MessageProcessor processor,
    PoisonWriter poison,
    JobTracker jobs,
    IOptions<QueueOptions> options,
    TimeProvider time,
    ILogger<QueueListener> logger)
{
    private readonly QueueOptions _options = options.Value;

    /// <summary>Listens until canceled. Failures to read the queue are logged, and it is read again later.</summary>
    public Task RunAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, _options.Listeners).Select(_ => ListenAsync(cancellationToken)));

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var received = await queues.Classify.ReceiveAsync(
                    _options.BatchSize, _options.Visibility, cancellationToken);
                if (received.Messages.Count > 0)
                {
                    await ProcessAsync(received.Messages, cancellationToken);
                }
                else
                {
                    await Task.Delay(_options.PollInterval, time, cancellationToken);
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                logger.LogError(exception, "The queue cannot be read; trying again in {Delay}", _options.PollInterval);
                await Task.Delay(_options.PollInterval, time, cancellationToken)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ProcessAsync(IReadOnlyList<ILeasedMessage> leased, CancellationToken cancellationToken)
    {
        using var stopRenewing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var renewing = new VisibilityRenewal(leased, _options.Visibility, time, logger).RunAsync(stopRenewing.Token);
        IReadOnlyList<Exception?> failures;
        try
        {
            var messages = leased.Select(m => new IncomingMessage(m.Body, m.DequeueCount)).ToArray();
            failures = await processor.ProcessAsync(messages, cancellationToken);
        }
        finally
        {
            await stopRenewing.CancelAsync();
            await renewing;
        }

        for (var i = 0; i < leased.Count; i++)
        {
            await FinishAsync(leased[i], failures[i], cancellationToken);
        }
    }

    private async Task FinishAsync(ILeasedMessage leased, Exception? failure, CancellationToken cancellationToken)
    {
        try
        {
            if (failure is not null && leased.DequeueCount < _options.MaxTries)
            {
                await leased.ExtendAsync(
                    _options.RetryDelay * Math.Pow(2, leased.DequeueCount - 1), cancellationToken);
                return;
            }

            if (failure is not null)
            {
                logger.LogError(failure, "A message is given up after {Tries} tries", leased.DequeueCount);
                var message = new IncomingMessage(leased.Body, leased.DequeueCount);
                await jobs.GiveUpAsync(message, cancellationToken);
                await poison.AddAsync(
                    message, [PoisonReason.Of(failure)], cancellationToken);
            }

            await leased.DeleteAsync(cancellationToken);
        }
        catch (MessageTakenException)
        {
            // It became visible and another worker took it. Answering it twice gives the same answer.
            logger.LogInformation("Another worker took a message");
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The batch's other messages are still finished. This one becomes visible again by itself.
            logger.LogError(exception, "A message could not be finished; it will be tried again");
        }
    }
}
