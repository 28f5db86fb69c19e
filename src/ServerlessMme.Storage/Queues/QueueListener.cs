using Azure;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServerlessMme.Storage.Jobs;

namespace ServerlessMme.Storage.Queues;

/// <summary>
/// Takes messages from <c>classify</c> without the Functions host: hides them while work goes on, deletes what is
/// answered, brings back what failed, gives up after so many tries. One per process.
/// </summary>
public sealed class QueueListener(
    StorageAccount account,
    MessageProcessor processor,
    PoisonWriter poison,
    JobTracker jobs,
    IOptions<QueueOptions> options,
    TimeProvider time,
    ILogger<QueueListener> logger)
{
    private readonly QueueOptions _options = options.Value;

    /// <summary>Listens until cancelled. Trouble with storage is logged and waited out.</summary>
    public Task RunAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, _options.Listeners).Select(_ => ListenAsync(cancellationToken)));

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var taken = (await account.Classify.ReceiveMessagesAsync(
                    _options.BatchSize, _options.Visibility, cancellationToken)).Value;
                if (taken.Length > 0)
                {
                    await AnswerAsync(taken, cancellationToken);
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

    private async Task AnswerAsync(QueueMessage[] taken, CancellationToken cancellationToken)
    {
        var held = taken.Select(message => new LeasedMessage(account.Classify, message)).ToArray();
        using var stopRenewing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var renewing = new VisibilityRenewal(held, _options.Visibility, time, logger).RunAsync(stopRenewing.Token);
        IReadOnlyList<Exception?> failures;
        try
        {
            var messages = taken.Select(m => new IncomingMessage(m.Body, m.DequeueCount)).ToArray();
            failures = await processor.ProcessAsync(messages, cancellationToken);
        }
        finally
        {
            await stopRenewing.CancelAsync();
            await renewing;
        }

        for (var i = 0; i < held.Length; i++)
        {
            await FinishAsync(held[i], failures[i], cancellationToken);
        }
    }

    private async Task FinishAsync(LeasedMessage held, Exception? failure, CancellationToken cancellationToken)
    {
        try
        {
            if (failure is not null && held.Tries < _options.MaxTries)
            {
                await held.ExtendAsync(_options.RetryDelay * Math.Pow(2, held.Tries - 1), cancellationToken);
                return;
            }

            if (failure is not null)
            {
                logger.LogError(failure, "A message is given up after {Tries} tries", held.Tries);
                var message = new IncomingMessage(held.Body, held.Tries);
                await jobs.GiveUpAsync(message, cancellationToken);
                await poison.AddAsync(
                    message, [new PoisonReason(failure.GetType().Name, failure.Message)], cancellationToken);
            }

            await held.DeleteAsync(cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == QueueErrorCode.MessageNotFound
            || exception.ErrorCode == QueueErrorCode.PopReceiptMismatch)
        {
            // The message became visible meanwhile and somebody else has it; a second answer is the same answer.
            logger.LogInformation("A message was taken over by another worker");
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The other messages of the batch are answered nonetheless; this one is visible again by itself.
            logger.LogError(exception, "A message could not be put away; it will be tried again");
        }
    }
}
