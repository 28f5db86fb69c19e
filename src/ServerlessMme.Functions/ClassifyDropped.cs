using Azure.Storage.Blobs;
using Microsoft.Azure.Functions.Worker;
using ServerlessMme.Core.Models;
using ServerlessMme.Functions.Triggers;

namespace ServerlessMme.Functions;

/// <summary>
/// Labels one dropped image or archive, if <c>Mme:Triggers:Blobs</c> is on. <see cref="TriggerMetadata"/> registers
/// this function again for each other published model, and removes it if the setting is off.
/// </summary>
public sealed class ClassifyDropped(TriggerRunner runner)
{
    [Function(nameof(ClassifyDropped))]
    public Task RunAsync(
        [BlobTrigger("images-cifar10/{name}")] BlobClient drop, CancellationToken cancellationToken) =>
        runner.RunDropAsync(
            ModelName.FromImagesContainer(drop.BlobContainerName).Value, drop.Name, cancellationToken);
}
