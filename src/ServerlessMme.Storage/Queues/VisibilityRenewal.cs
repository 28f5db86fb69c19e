using Azure;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Logging;

namespace ServerlessMme.Storage.Queues;

/// <summary>
/// Keeps messages hidden while they are worked on, each for itself: one that another worker has, or that storage does
/// not answer for, takes none of the others with it. Not thread-safe; one a batch.
/// </summary>
internal sealed class VisibilityRenewal(
    IReadOnlyList<LeasedMessage> held, TimeSpan visibility, TimeProvider time, ILogger logger)
{
    private readonly List<LeasedMessage> _held = [.. held];

    /// <summary>Hides the messages anew whenever half of their time has passed, until cancelled. Does not throw.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(visibility / 2, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                foreach (var message in _held.ToArray())
                {
                    await RenewAsync(message, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The work has ended.
        }
    }

    private async Task RenewAsync(LeasedMessage message, CancellationToken cancellationToken)
    {
        try
        {
            await message.ExtendAsync(visibility, cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == QueueErrorCode.MessageNotFound
            || exception.ErrorCode == QueueErrorCode.PopReceiptMismatch)
        {
            _held.Remove(message);
            logger.LogInformation("A message was taken over by another worker while it was worked on");
        }
        catch (Exception exception) when (exception is not OperationCanceledException
            || !cancellationToken.IsCancellationRequested)
        {
            logger.LogWarning(exception, "A message could not be held any longer; others may take it too");
        }
    }
}
