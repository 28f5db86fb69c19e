using Azure.Storage.Blobs;
using Microsoft.Azure.Functions.Worker;
using ServerlessMme.Core.Models;
using ServerlessMme.Functions.Triggers;

namespace ServerlessMme.Functions;

/// <summary>
/// Labels one dropped image or archive. The container below is a placeholder: <see cref="TriggerMetadata"/> registers
/// this function once per model if <c>Mme:Triggers:Blobs</c> is on, and not at all if it is off.
/// </summary>
public sealed class ClassifyDropped(TriggerRunner runner)
{
    [Function(nameof(ClassifyDropped))]
    public Task RunAsync(
        [BlobTrigger("images-of-each-model/{name}")] BlobClient drop, CancellationToken cancellationToken) =>
        runner.RunDropAsync(
            ModelName.FromImagesContainer(drop.BlobContainerName).Value, drop.Name, cancellationToken);
}
