using System.Diagnostics;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Core.Processing;

/// <summary>
/// Receives messages from <c>classify</c> if no Functions host does: renews their visibility timeout while they are
/// processed, deletes them once they are answered, retries failed ones with backoff, and gives up after the maximum
/// number of tries. One per process.
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

    /// <summary>
    /// Listens until canceled. Receives the next messages as soon as there is room for a full batch. Backs off while
    /// the queue cannot be read.
    /// </summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var room = new ConcurrencyLimiter(new ConcurrencyLimiterOptions
        {
            PermitLimit = _options.Listeners * _options.BatchSize,
            QueueLimit = _options.BatchSize,
        });
        using var first = new SemaphoreSlim(1);
        var backoff = new PollBackoff(_options.PollInterval, time, logger);
        await Task.WhenAll(Enumerable.Range(0, _options.Listeners).Select(_ =>
            ListenAsync(room, first, backoff, cancellationToken)));
    }

    /// <param name="room">A slot per message being processed.</param>
    /// <param name="first">
    /// Held while a batch's slots are acquired, because two listeners that each hold half of theirs would deadlock.
    /// </param>
    private async Task ListenAsync(
        ConcurrencyLimiter room, SemaphoreSlim first, PollBackoff backoff, CancellationToken cancellationToken)
    {
        var batches = new List<Task>();
        while (!cancellationToken.IsCancellationRequested)
        {
            batches.RemoveAll(batch => batch.IsCompleted);
            try
            {
                var messages = await ReceiveAsync(room, first, cancellationToken);
                backoff.Succeed();
                if (messages.Count > 0)
                {
                    batches.Add(Task.Run(() => ProcessAsync(messages, cancellationToken), CancellationToken.None));
                }
                else
                {
                    await Task.Delay(_options.PollInterval, time, cancellationToken);
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception exception)
            {
                await Task.Delay(backoff.Fail(exception), time, cancellationToken)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await Task.WhenAll(batches);
    }

    /// <summary>Waits for room for a full batch, so messages aren't received one at a time.</summary>
    private async Task<IReadOnlyList<TakenMessage>> ReceiveAsync(
        ConcurrencyLimiter room, SemaphoreSlim first, CancellationToken cancellationToken)
    {
        var places = new Stack<RateLimitLease>(_options.BatchSize);
        try
        {
            await first.WaitAsync(cancellationToken);
            try
            {
                while (places.Count < _options.BatchSize)
                {
                    places.Push(await room.AcquireAsync(1, cancellationToken));
                }
            }
            finally
            {
                first.Release();
            }

            var received = await queues.Classify.ReceiveAsync(
                _options.BatchSize, _options.Visibility, cancellationToken);
            var taken = received.Messages.Select(message => new TakenMessage(message, places.Pop())).ToList();
            foreach (var lost in taken.Where(each => each.Message.DequeueCount > _options.MaxTries).ToList())
            {
                // No try reported a result: the process died each time, possibly because of this message.
                await FinishAsync(lost.Message, new TriesLostException(_options.MaxTries), cancellationToken);
                lost.Place.Dispose();
                taken.Remove(lost);
            }

            return taken;
        }
        finally
        {
            foreach (var place in places)
            {
                place.Dispose();
            }
        }
    }

    private async Task ProcessAsync(IReadOnlyList<TakenMessage> taken, CancellationToken cancellationToken)
    {
        using var stopRenewing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var renewal = new VisibilityRenewal(
            taken.Select(each => each.Message), _options.Visibility, time, logger);
        var renewing = renewal.RunAsync(stopRenewing.Token);
        // Messages have their own traces; the listener and the renewals have none.
        Activity.Current = null;
        try
        {
            await processor.ProcessAsync(
                [.. taken.Select(each => new IncomingMessage(
                    each.Message.Body, each.Message.DequeueCount, each.Message.Id))],
                async (index, failure) =>
                {
                    await renewal.RemoveAsync(taken[index].Message);
                    await FinishAsync(taken[index].Message, failure, cancellationToken);
                    taken[index].Place.Dispose();
                },
                cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The remaining messages become visible again.
        }
        catch (Exception exception)
        {
            logger.LogError(exception, "Messages could not be processed; they will be retried");
        }
        finally
        {
            await stopRenewing.CancelAsync();
            await renewing;
            foreach (var each in taken)
            {
                each.Place.Dispose();
            }
        }
    }

    private async Task FinishAsync(ILeasedMessage leased, Exception? failure, CancellationToken cancellationToken)
    {
        try
        {
            if (failure is not null && leased.DequeueCount < _options.MaxTries)
            {
                await leased.ExtendAsync(_options.DelayAfter(leased.DequeueCount), cancellationToken);
                return;
            }

            if (failure is not null)
            {
                logger.LogError(
                    failure,
                    "Gave up on a message after {Tries} tries; it moves to the poison queue",
                    leased.DequeueCount);
                var message = new IncomingMessage(leased.Body, leased.DequeueCount);
                await jobs.GiveUpAsync(message, cancellationToken);
                await poison.AddAsync(
                    message, [PoisonReason.Of(failure)], cancellationToken);
            }

            await leased.DeleteAsync(cancellationToken);
        }
        catch (MessageTakenException)
        {
            // It became visible and another worker received it. Answering it twice gives the same answer.
            logger.LogInformation("Another worker received a message before this worker finished it");
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The batch's other messages still have to be finished. This one becomes visible again by itself.
            logger.LogError(exception, "A message could not be deleted or updated; it will be retried");
        }
    }

    /// <summary>A message and its slot among those being processed.</summary>
    private sealed record TakenMessage(ILeasedMessage Message, RateLimitLease Place);
}

/// <summary>A message was received too many times without a result, because each time the process died.</summary>
internal sealed class TriesLostException(int tries)
    : Exception($"The message was received {tries} times, but each time the process ended before answering it.");
