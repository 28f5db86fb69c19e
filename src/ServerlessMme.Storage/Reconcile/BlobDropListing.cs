using System.Runtime.CompilerServices;
using Azure.Storage.Blobs.Models;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Reconcile;
using ServerlessMme.Storage.Labels;

namespace ServerlessMme.Storage.Reconcile;

/// <summary>Lists the models' image and label containers. Thread-safe.</summary>
public sealed class BlobDropListing(StorageAccount account) : IDropListing
{
    public async IAsyncEnumerable<ModelName> ListModelsAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var container in account.Blobs.GetBlobContainersAsync(
            BlobContainerTraits.None, BlobContainerStates.None, ModelName.ImagesPrefix, cancellationToken))
        {
            if (ModelName.FromImagesContainer(container.Name).TryGet(out var model, out _))
            {
                yield return model;
            }
        }
    }

    public IAsyncEnumerable<ListedImage> ListImagesAsync(ModelName model, CancellationToken cancellationToken) =>
        account.ImagesOf(model).GetBlobsAsync(BlobTraits.None, BlobStates.None, null, cancellationToken)
            .UnlessContainerIsMissing(cancellationToken)
            .Select(blob => new ListedImage(blob.Name, blob.Properties.ETag!.Value.Unquoted()));

    public IAsyncEnumerable<ListedLabel> ListLabelsAsync(ModelName model, CancellationToken cancellationToken) =>
        account.LabelsOf(model).GetBlobsAsync(BlobTraits.Metadata, BlobStates.None, null, cancellationToken)
            .UnlessContainerIsMissing(cancellationToken)
            .Select(blob => new ListedLabel(
                blob.Name, BlobLabelSink.StampOf(blob.Metadata, blob.Properties.LastModified)));
}
