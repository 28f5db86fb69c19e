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
/// Processes messages and drops for the triggers, within the time limit. It throws failures, so the host retries. On a
/// message's last try it also stores the reason, because the host moves the message to the poison queue without one.
/// Thread-safe.
/// </summary>
public sealed class TriggerRunner(
    MessageProcessor processor,
    RequestRunner requests,
    PoisonWriter poison,
    JobTracker jobs,
    IOptions<QueueOptions> queue,
    IOptions<TriggerOptions> triggers,
    TimeProvider time,
    ILogger<TriggerRunner> logger)
{
    /// <summary>Processes a message.</summary>
    /// <exception cref="MessageFailedException">The message failed and must be retried.</exception>
    /// <exception cref="TimeoutException">The message was stopped at the time limit.</exception>
    public async Task RunMessageAsync(IncomingMessage message, CancellationToken cancellationToken)
    {
        try
        {
            await TimeLimit.RunAsync(triggers.Value.TimeLimit, time, ProcessAsync, cancellationToken);
        }
        catch (Exception failure) when (message.Tries >= queue.Value.MaxTries
            && !cancellationToken.IsCancellationRequested)
        {
            await ExplainAsync(message, failure, cancellationToken);
            throw;
        }

        async Task ProcessAsync(CancellationToken stopping)
        {
            var failures = await processor.ProcessAsync([message], stopping);
            if (failures[0] is { } failure)
            {
                throw new MessageFailedException(failure);
            }
        }
    }

    /// <summary>
    /// Processes a drop. A drop with an invalid name could never succeed, so it goes to the poison queue as a message.
    /// </summary>
    /// <exception cref="TimeoutException">The drop was stopped at the time limit.</exception>
    public Task RunDropAsync(ModelName model, string drop, CancellationToken cancellationToken) => TimeLimit.RunAsync(
        triggers.Value.TimeLimit,
        time,
        stopping => ImageName.Check(drop) is { } refusal
            ? RefuseAsync(model, drop, refusal, stopping)
            : requests.RunDropAsync(model, drop, stopping),
        cancellationToken);

    private Task RefuseAsync(ModelName model, string drop, Refusal refusal, CancellationToken cancellationToken)
    {
        logger.LogWarning("A drop goes to the poison queue: {Code}: {Reason}", refusal.Code, refusal.Message);
        var message = new BatchMessage(model.Value, [drop]).ToJson();
        var reason = new PoisonReason(refusal.Code.ToString(), refusal.Message);
        return poison.AddAsync(new IncomingMessage(message, 1), [reason], cancellationToken);
    }

    private async Task ExplainAsync(IncomingMessage message, Exception failure, CancellationToken cancellationToken)
    {
        var cause = failure is MessageFailedException { InnerException: { } inner } ? inner : failure;
        try
        {
            await jobs.GiveUpAsync(message, cancellationToken);
            var reason = PoisonReason.Of(cause);
            await poison.WriteReasonAsync(message, [reason], cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            logger.LogError(exception, "The reason could not be written beside the poison message: {Cause}", cause);
        }
    }
}

/// <summary>A message failed and must be retried.</summary>
public sealed class MessageFailedException(Exception cause) : Exception(cause.Message, cause);
