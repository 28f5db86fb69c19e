using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Processing;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Requests;
using ServerlessMme.Functions.Hosting;
using ServerlessMme.Functions.Http;

namespace ServerlessMme.Functions.Triggers;

/// <summary>
/// Answers what a trigger reports, within the time limit. Failures are thrown, so the host tries again. On a message's
/// last try the reason goes beside the poison message, because the host moves the message but writes no reason.
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
    /// <summary>Answers a message.</summary>
    /// <exception cref="MessageFailedException">The message must be tried again.</exception>
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

    /// <summary>Answers a drop. One whose name cannot be addressed goes to the poison queue as a message.</summary>
    public Task RunDropAsync(ModelName model, string drop, CancellationToken cancellationToken)
    {
        if (ImageName.Check(drop) is { } refusal)
        {
            var message = new BatchMessage(model.Value, [drop]).ToJson();
            var reason = new PoisonReason(refusal.Code.ToString(), refusal.Message);
            return poison.AddAsync(new IncomingMessage(message, 1), [reason], cancellationToken);
        }

        return TimeLimit.RunAsync(
            triggers.Value.TimeLimit,
            time,
            stopping => requests.RunDropAsync(model, drop, stopping),
            cancellationToken);
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
