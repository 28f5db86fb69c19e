using Microsoft.Extensions.Logging;

namespace ServerlessMme.Core.Queues;

/// <summary>
/// Keeps messages invisible to others while they are processed. Each is renewed on its own, so a message that somebody
/// else has taken, or a request that fails, doesn't affect the others. One per batch; messages may be removed at any
/// time.
/// </summary>
internal sealed class VisibilityRenewal(
    IEnumerable<ILeasedMessage> messages, TimeSpan visibilityTimeout, TimeProvider time, ILogger logger)
    : IAsyncDisposable
{
    // A message is not thread-safe, so nobody may finish one while it is renewed.
    private readonly SemaphoreSlim _renewing = new(1);
    private readonly ILeasedMessage[] _all = [.. messages];
    private readonly HashSet<ILeasedMessage> _removed = new(ReferenceEqualityComparer.Instance);
    private bool _isFailing;

    /// <summary>Renews the messages at half of their visibility timeout, until canceled. Does not throw.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(visibilityTimeout / 2, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                foreach (var message in _all)
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

    /// <summary>Renews the message no more. Once this returns, nothing else uses it.</summary>
    public async Task RemoveAsync(ILeasedMessage message)
    {
        await _renewing.WaitAsync(CancellationToken.None);
        _removed.Add(message);
        _renewing.Release();
    }

    public ValueTask DisposeAsync()
    {
        _renewing.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task RenewAsync(ILeasedMessage message, CancellationToken cancellationToken)
    {
        await _renewing.WaitAsync(cancellationToken);
        try
        {
            if (!_removed.Contains(message))
            {
                // A later answer is no use, because the message is visible by then. Whoever finishes it must not wait
                // for storage that hangs.
                using var late = new CancellationTokenSource(visibilityTimeout, time);
                using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
                await message.ExtendAsync(visibilityTimeout, stopping.Token);
                _isFailing = false;
            }
        }
        catch (MessageTakenException)
        {
            _removed.Add(message);
            logger.LogInformation("Another worker took a message while it was processed");
        }
        catch (Exception exception) when (exception is not OperationCanceledException
            || !cancellationToken.IsCancellationRequested)
        {
            // Once per outage and batch, not once per message.
            logger.Log(
                _isFailing ? LogLevel.Debug : LogLevel.Warning,
                exception,
                "A message could not be renewed; another worker may take it too");
            _isFailing = true;
        }
        finally
        {
            _renewing.Release();
        }
    }
}
