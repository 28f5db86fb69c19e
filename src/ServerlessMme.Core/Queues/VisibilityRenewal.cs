using Microsoft.Extensions.Logging;

namespace ServerlessMme.Core.Queues;

/// <summary>
/// Keeps messages invisible to others while they are processed. All are renewed at the same time but independently, so
/// a message that another process received, or a request that fails or hangs, doesn't affect the others. One per batch;
/// messages may be removed at any time.
/// </summary>
internal sealed class VisibilityRenewal(
    IEnumerable<ILeasedMessage> messages, TimeSpan visibilityTimeout, TimeProvider time, ILogger logger)
    : IAsyncDisposable
{
    private readonly TimeSpan _interval = visibilityTimeout / 2;
    private readonly Dictionary<ILeasedMessage, Entry> _all =
        messages.ToDictionary<ILeasedMessage, ILeasedMessage, Entry>(
            message => message, _ => new Entry(), ReferenceEqualityComparer.Instance);
    private int _isFailing;

    /// <summary>Renews the messages at half their visibility timeout, until canceled. Does not throw.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(_interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                await Task.WhenAll(_all.Select(each => RenewAsync(each.Key, each.Value, cancellationToken)));
            }
        }
        catch (OperationCanceledException)
        {
            // Processing has ended.
        }
    }

    /// <summary>Stops renewing the message. Once this returns, nothing else uses it.</summary>
    public async Task RemoveAsync(ILeasedMessage message)
    {
        var entry = _all[message];
        await entry.Renewing.WaitAsync(CancellationToken.None);
        entry.IsRemoved = true;
        entry.Renewing.Release();
    }

    public ValueTask DisposeAsync()
    {
        foreach (var entry in _all.Values)
        {
            entry.Renewing.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    private async Task RenewAsync(ILeasedMessage message, Entry entry, CancellationToken cancellationToken)
    {
        await entry.Renewing.WaitAsync(cancellationToken);
        try
        {
            if (!entry.IsRemoved)
            {
                // A later response is useless, because the message is visible by then, and finishing it must not wait
                // longer for storage that hangs.
                using var late = new CancellationTokenSource(_interval, time);
                using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
                await message.ExtendAsync(visibilityTimeout, stopping.Token);
                Volatile.Write(ref _isFailing, 0);
            }
        }
        catch (MessageTakenException)
        {
            entry.IsRemoved = true;
            logger.LogInformation("Another worker received a message that this worker was still processing");
        }
        catch (Exception exception) when (exception is not OperationCanceledException
            || !cancellationToken.IsCancellationRequested)
        {
            // Once per outage and batch, not once per message.
            logger.Log(
                Interlocked.Exchange(ref _isFailing, 1) == 0 ? LogLevel.Warning : LogLevel.Debug,
                exception,
                "The visibility timeout of a message could not be renewed; another worker may receive it too");
        }
        finally
        {
            entry.Renewing.Release();
        }
    }

    private sealed class Entry
    {
        /// <summary>Messages are not thread-safe, so none may be finished while it is being renewed.</summary>
        public SemaphoreSlim Renewing { get; } = new(1);

        public bool IsRemoved { get; set; }
    }
}
