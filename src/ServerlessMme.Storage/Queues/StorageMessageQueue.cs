using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using ServerlessMme.Core.Queues;

namespace ServerlessMme.Storage.Queues;

/// <summary>A queue of the storage account. Thread-safe.</summary>
/// <param name="timeToLive">How long messages are kept; null uses the service's default of seven days.</param>
public sealed class StorageMessageQueue(QueueClient queue, TimeSpan? timeToLive = null) : IMessageQueue
{
    private static readonly TimeSpan Unlimited = TimeSpan.FromSeconds(-1);

    /// <summary>Returns the account's two queues. Poison messages never expire.</summary>
    public static MessageQueues Of(StorageAccount account) =>
        new(new StorageMessageQueue(account.Classify), new StorageMessageQueue(account.Poison, Unlimited));

    public async Task SendAsync(ReadOnlyMemory<byte> body, TimeSpan delay, CancellationToken cancellationToken)
    {
        try
        {
            await SendOnceAsync();
        }
        catch (RequestFailedException missing) when (missing.ErrorCode == QueueErrorCode.QueueNotFound)
        {
            await CreateAsync(missing, cancellationToken);
            await SendOnceAsync();
        }

        Task SendOnceAsync() => queue.SendMessageAsync(
            BinaryData.FromBytes(body), delay == TimeSpan.Zero ? null : delay, timeToLive, cancellationToken);
    }

    public async Task<ReceivedMessages> ReceiveAsync(
        int maxMessages, TimeSpan visibilityTimeout, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await queue.ReceiveMessagesAsync(maxMessages, visibilityTimeout, cancellationToken);
            return new ReceivedMessages(
                Array.ConvertAll(answer.Value, message => new LeasedMessage(queue, message)),
                answer.GetRawResponse().Headers.Date);
        }
        catch (RequestFailedException missing) when (missing.ErrorCode == QueueErrorCode.QueueNotFound)
        {
            await CreateAsync(missing, cancellationToken);
            return new ReceivedMessages([], null);
        }
    }

    public async Task<IReadOnlyList<Core.Queues.PeekedMessage>> PeekAsync(
        int maxMessages, CancellationToken cancellationToken)
    {
        try
        {
            var peeked = (await queue.PeekMessagesAsync(maxMessages, cancellationToken)).Value;
            return Array.ConvertAll(peeked, message => new Core.Queues.PeekedMessage(
                message.Body.ToMemory(), message.DequeueCount, message.InsertedOn));
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == QueueErrorCode.QueueNotFound)
        {
            return [];
        }
    }

    public async Task<int> CountAsync(CancellationToken cancellationToken) =>
        (await queue.GetPropertiesAsync(cancellationToken)).Value.ApproximateMessagesCount;

    public async Task<bool> ExistsAsync(CancellationToken cancellationToken) =>
        (await queue.ExistsAsync(cancellationToken)).Value;

    /// <summary>Creates the queue: 'mme storage reset' deletes the queues of a worker that keeps running.</summary>
    private async Task CreateAsync(RequestFailedException missing, CancellationToken cancellationToken)
    {
        try
        {
            await queue.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status == 403)
        {
            // The identity may not create queues, so the missing queue is the problem to report.
            throw missing;
        }
    }
}
