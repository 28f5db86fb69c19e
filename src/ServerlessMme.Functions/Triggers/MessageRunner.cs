using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServerlessMme.Functions.Hosting;
using ServerlessMme.Storage.Jobs;
using ServerlessMme.Storage.Queues;

namespace ServerlessMme.Functions.Triggers;

/// <summary>
/// Answers one message within the time limit. What could not be answered is thrown, which leaves the message to the
/// host's retries; on the last one the reason is written where the host cannot: beside the poison message. Thread-safe.
/// </summary>
public sealed class MessageRunner(
    MessageProcessor processor,
    PoisonWriter poison,
    JobTracker jobs,
    IOptions<QueueOptions> queue,
    IOptions<TriggerOptions> triggers,
    TimeProvider time,
    ILogger<MessageRunner> logger)
{
    public async Task RunAsync(IncomingMessage message, CancellationToken cancellationToken)
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

    private async Task ExplainAsync(IncomingMessage message, Exception failure, CancellationToken cancellationToken)
    {
        var cause = failure is MessageFailedException { InnerException: { } inner } ? inner : failure;
        try
        {
            await jobs.GiveUpAsync(message, cancellationToken);
            var reason = new PoisonReason(cause.GetType().Name, cause.Message);
            await poison.WriteReasonAsync(message, [reason], cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            logger.LogError(exception, "The reason could not be written beside the poison message: {Cause}", cause);
        }
    }
}

/// <summary>A message could not be answered and must be tried again.</summary>
public sealed class MessageFailedException(Exception cause) : Exception(cause.Message, cause);
