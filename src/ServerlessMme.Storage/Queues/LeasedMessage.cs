using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using ServerlessMme.Core.Queues;

namespace ServerlessMme.Storage.Queues;

/// <summary>A message and its pop receipt, which changes with every update. Not thread-safe.</summary>
internal sealed class LeasedMessage(QueueClient queue, QueueMessage message) : ILeasedMessage
{
    private string _popReceipt = message.PopReceipt;

    public string Id => message.MessageId;

    public ReadOnlyMemory<byte> Body => message.Body.ToMemory();

    public long DequeueCount => message.DequeueCount;

    public DateTimeOffset? InsertedOn => message.InsertedOn;

    public async Task ExtendAsync(TimeSpan visibilityTimeout, CancellationToken cancellationToken)
    {
        try
        {
            var receipt = await queue.UpdateMessageAsync(
                message.MessageId, _popReceipt, message.Body, visibilityTimeout, cancellationToken);
            _popReceipt = receipt.Value.PopReceipt;
        }
        catch (RequestFailedException exception) when (IsTaken(exception))
        {
            throw new MessageTakenException(exception);
        }
    }

    public async Task DeleteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await queue.DeleteMessageAsync(message.MessageId, _popReceipt, cancellationToken);
        }
        catch (RequestFailedException exception) when (IsTaken(exception))
        {
            throw new MessageTakenException(exception);
        }
    }

    private static bool IsTaken(RequestFailedException exception) =>
        exception.ErrorCode == QueueErrorCode.MessageNotFound
        || exception.ErrorCode == QueueErrorCode.PopReceiptMismatch;
}
