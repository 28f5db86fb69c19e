using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Processing;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Functions.Triggers;

/// <summary>
/// Processes messages and drops for the triggers, within the time limit, with quick retries. If a message still fails,
/// an exception is thrown, so the host retries the message later. On the last try, the reason is stored too, because
/// the host moves the message to the poison queue without a reason. A drop that still fails is queued as a message.
/// Thread-safe.
/// </summary>
public sealed class TriggerRunner(
    MessageProcessor processor,
    RequestRunner requests,
    PoisonWriter poison,
    JobTracker jobs,
    BatchSender sender,
    IOptions<QueueOptions> queue,
    IOptions<TriggerOptions> triggers,
    TimeProvider time,
    ILogger<TriggerRunner> logger)
{
    /// <summary>Wait before a drop's first try as a message.</summary>
    private static readonly TimeSpan MessageDelay = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Time limit for storing that message, or the reason after a last try. By then, the host's own limit is close;
    /// when it is reached, the host ends the process and all other invocations.
    /// </summary>
    private static readonly TimeSpan SendLimit = TimeSpan.FromSeconds(30);

    /// <summary>Processes a message.</summary>
    /// <exception cref="MessageFailedException">The message failed and must be retried.</exception>
    /// <exception cref="TimeoutException">The message was stopped at the time limit.</exception>
    public async Task RunMessageAsync(IncomingMessage message, CancellationToken cancellationToken)
    {
        try
        {
            await RunAsync(ProcessAsync, cancellationToken);
        }
        catch (Exception failure) when (message.Tries >= queue.Value.MaxTries)
        {
            await ExplainAsync(message, failure);
            throw;
        }

        async Task ProcessAsync(bool isRetry, CancellationToken stopping)
        {
            // A retry skips images that the first try labeled, and doesn't write a second poison copy.
            var tried = isRetry ? message with { Tries = Math.Max(message.Tries, 2) } : message;
            var failures = await processor.ProcessAsync([tried], stopping);
            if (failures[0] is { } failure)
            {
                throw new MessageFailedException(failure);
            }
        }
    }

    /// <summary>
    /// Processes a drop. The host retries a blob trigger without a wait, so a drop that fails is queued as a message,
    /// which outlasts an outage. A drop with an invalid name could never succeed, so it goes to the poison queue.
    /// </summary>
    /// <exception cref="Exception">The drop failed, and could not be queued as a message.</exception>
    public async Task RunDropAsync(ModelName model, string drop, CancellationToken cancellationToken)
    {
        var isCopied = false;
        try
        {
            await RunAsync(
                (_, stopping) => ImageName.Check(drop) is { } refusal
                    ? RefuseAsync(refusal, stopping)
                    : requests.RunDropAsync(model, drop, stopping),
                cancellationToken);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            if (isCopied)
            {
                // Sending it as a message would copy it again.
                logger.LogError(failure, "The reason for a poison message could not be stored");
                return;
            }

            if (!await TrySendAsync(model, drop, failure, cancellationToken))
            {
                throw;
            }
        }

        async Task RefuseAsync(Refusal refusal, CancellationToken stopping)
        {
            var message = new IncomingMessage(new BatchMessage(model.Value, [drop]).ToJson(), 1);
            if (!isCopied)
            {
                logger.LogWarning("Moving a drop to the poison queue. {Code}: {Reason}", refusal.Code, refusal.Message);
                await poison.CopyAsync(message, stopping);
                isCopied = true;
            }

            var reason = new PoisonReason(refusal.Code.ToString(), refusal.Message);
            await poison.WriteReasonAsync(message, [reason], stopping);
        }
    }

    private Task RunAsync(Func<bool, CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        var limit = triggers.Value.TimeLimit;
        return TimeLimit.RunAsync(
            limit,
            time,
            stopping => QuickRetries.RunAsync(limit / 3, time, logger, work, stopping),
            cancellationToken);
    }

    private async Task<bool> TrySendAsync(
        ModelName model, string drop, Exception failure, CancellationToken cancellationToken)
    {
        try
        {
            await TimeLimit.RunAsync(
                SendLimit,
                time,
                stopping => sender.SendAgainAsync(new ClassifyRequest(model, [drop]), MessageDelay, stopping),
                cancellationToken);
            logger.LogWarning(failure, "A drop for {Model} failed and was queued as a message", model);
            return true;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            logger.LogError(exception, "A drop for {Model} failed and could not be queued as a message", model);
            return false;
        }
    }

    /// <summary>
    /// Counts a message that the host gives up on, and writes the reason, even if the host stops the app, because the
    /// host gives up on the message in either case. Does not throw.
    /// </summary>
    private async Task ExplainAsync(IncomingMessage message, Exception failure)
    {
        var cause = failure switch
        {
            MessageFailedException { InnerException: { } inner } => inner,
            OperationCanceledException => new OperationCanceledException(
                "The host stopped the app during the last try.", failure),
            _ => failure,
        };
        try
        {
            await TimeLimit.RunAsync(
                SendLimit,
                time,
                async stopping =>
                {
                    await jobs.GiveUpAsync(message, stopping);
                    await poison.WriteReasonAsync(message, [PoisonReason.Of(cause)], stopping);
                },
                CancellationToken.None);
        }
        catch (Exception exception)
        {
            logger.LogError(exception, "The reason for a poison message could not be stored: {Cause}", cause);
        }
    }
}

/// <summary>A message failed and must be retried.</summary>
internal sealed class MessageFailedException(Exception cause) : Exception(cause.Message, cause);
