using Azure.Storage.Blobs;
using Microsoft.Azure.Functions.Worker;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Requests;
using ServerlessMme.Functions.Triggers;
using ServerlessMme.Storage.Queues;

namespace ServerlessMme.Functions;

/// <summary>
/// Labels one dropped image. The container below is a placeholder: <see cref="TriggerMetadata"/> registers this
/// function once for each model when <c>Mme:Triggers:Blobs</c> is on, and not at all when it is off.
/// </summary>
public sealed class ClassifyDropped(MessageRunner runner)
{
    [Function(nameof(ClassifyDropped))]
    public Task RunAsync(
        [BlobTrigger("images-of-each-model/{name}")] BlobClient drop, CancellationToken cancellationToken)
    {
        var model = ModelName.FromImagesContainer(drop.BlobContainerName).Value;
        var message = new BatchMessage(model.Value, [drop.Name]);
        return runner.RunAsync(new IncomingMessage(BinaryData.FromBytes(message.ToJson()), 1), cancellationToken);
    }
}
