using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace ServerlessMme.Storage.Queues;

/// <summary>A message hidden from others, with the receipt that each renewal changes. Not thread-safe.</summary>
internal sealed class LeasedMessage(QueueClient queue, QueueMessage message)
{
    private string _popReceipt = message.PopReceipt;

    public BinaryData Body => message.Body;

    public long Tries => message.DequeueCount;

    public async Task ExtendAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        var receipt = await queue.UpdateMessageAsync(
            message.MessageId, _popReceipt, message.Body, time, cancellationToken);
        _popReceipt = receipt.Value.PopReceipt;
    }

    public Task DeleteAsync(CancellationToken cancellationToken) =>
        queue.DeleteMessageAsync(message.MessageId, _popReceipt, cancellationToken);
}
