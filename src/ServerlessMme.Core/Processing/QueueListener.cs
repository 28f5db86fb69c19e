using System.Diagnostics;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Core.Processing;

/// <summary>
/// Takes messages from <c>classify</c> where no Functions host does: renews their visibility timeout while they are
/// processed, deletes each when it is answered, retries them with backoff when they fail, and gives up after the
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

    /// <summary>
    /// Listens until canceled. Takes the next messages as soon as there is room for so many. While the queue cannot be
    /// read, it is read less often.
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

    /// <param name="room">Places of messages that are processed at once.</param>
    /// <param name="first">
    /// Held while a batch's places are taken, because two that each have half of theirs would both wait.
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

    /// <summary>Waits for room for a full batch, so that the queue isn't asked for single messages.</summary>
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
                // Every try ended without a word: the process died, perhaps of this message.
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
        // Messages have traces; the listener, and renewing them, have none.
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
            // The messages that are left become visible again.
        }
        catch (Exception exception)
        {
            logger.LogError(exception, "Messages could not be processed; they will be tried again");
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

    /// <summary>A message and its place among those that are processed at once.</summary>
    private sealed record TakenMessage(ILeasedMessage Message, RateLimitLease Place);
}

/// <summary>A message was tried so many times, and no try ended. The processes that tried it died.</summary>
internal sealed class TriesLostException(int tries)
    : Exception($"The message was taken {tries} times, and each time the process ended before it was answered.");
