using Microsoft.Extensions.Logging;

namespace ServerlessMme.Core.Queues;

/// <summary>
/// Keeps messages invisible to others while they are processed. Each is renewed on its own, so a message that somebody
/// else has taken, or a request that fails, doesn't affect the others. Not thread-safe; one per batch.
/// </summary>
internal sealed class VisibilityRenewal(
    IReadOnlyList<ILeasedMessage> messages, TimeSpan visibilityTimeout, TimeProvider time, ILogger logger)
{
    private readonly List<ILeasedMessage> _messages = [.. messages];

    /// <summary>Renews the messages at half of their visibility timeout, until canceled. Does not throw.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(visibilityTimeout / 2, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                foreach (var message in _messages.ToArray())
                {
                    await RenewAsync(message, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Processing has ended.
        }
    }

    private async Task RenewAsync(ILeasedMessage message, CancellationToken cancellationToken)
    {
        try
        {
            await message.ExtendAsync(visibilityTimeout, cancellationToken);
        }
        catch (MessageTakenException)
        {
            _messages.Remove(message);
            logger.LogInformation("Another worker took a message while it was processed");
        }
        catch (Exception exception) when (exception is not OperationCanceledException
            || !cancellationToken.IsCancellationRequested)
        {
            logger.LogWarning(exception, "A message could not be renewed; another worker may take it too");
        }
    }
}
