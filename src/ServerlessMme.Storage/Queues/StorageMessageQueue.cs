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

    public Task SendAsync(ReadOnlyMemory<byte> body, TimeSpan delay, CancellationToken cancellationToken) =>
        queue.SendMessageAsync(
            BinaryData.FromBytes(body),
            delay == TimeSpan.Zero ? null : delay,
            timeToLive,
            cancellationToken);

    public async Task<ReceivedMessages> ReceiveAsync(
        int maxMessages, TimeSpan visibilityTimeout, CancellationToken cancellationToken)
    {
        var answer = await queue.ReceiveMessagesAsync(maxMessages, visibilityTimeout, cancellationToken);
        return new ReceivedMessages(
            Array.ConvertAll(answer.Value, message => new LeasedMessage(queue, message)),
            answer.GetRawResponse().Headers.Date);
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
}
