using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs.Models;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Reconcile;
using ServerlessMme.Storage.Labels;

namespace ServerlessMme.Storage.Reconcile;

/// <summary>
/// Lists the models that have an image container, and the contents of the image and label containers. Thread-safe.
/// </summary>
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
        Images(model, cancellationToken).UnlessContainerIsMissing(cancellationToken).Select(ImageOf);

    public IAsyncEnumerable<ListedLabel> ListLabelsAsync(ModelName model, CancellationToken cancellationToken) =>
        Labels(model, cancellationToken).UnlessContainerIsMissing(cancellationToken).Select(LabelOf);

    public IAsyncEnumerable<ListedPage<ListedImage>> ListImagePagesAsync(
        ModelName model, string? from, int size, CancellationToken cancellationToken) =>
        Images(model, cancellationToken).AsPages(from, size)
            .UnlessContainerIsMissing(cancellationToken)
            .Select(page => PageOf(page, ImageOf));

    public IAsyncEnumerable<ListedPage<ListedLabel>> ListLabelPagesAsync(
        ModelName model, string? from, int? size, CancellationToken cancellationToken) =>
        Labels(model, cancellationToken).AsPages(from, size)
            .UnlessContainerIsMissing(cancellationToken)
            .Select(page => PageOf(page, LabelOf));

    private static ListedImage ImageOf(BlobItem blob) => new(blob.Name, blob.Properties.ETag!.Value.Unquoted());

    private static ListedLabel LabelOf(BlobItem blob) =>
        new(blob.Name, BlobLabelSink.StampOf(blob.Metadata, blob.Properties.LastModified));

    private static ListedPage<T> PageOf<T>(Page<BlobItem> page, Func<BlobItem, T> itemOf) => new(
        [.. page.Values.Select(itemOf)], page.ContinuationToken is { Length: > 0 } next ? next : null);

    private AsyncPageable<BlobItem> Images(ModelName model, CancellationToken cancellationToken) =>
        account.ImagesOf(model).GetBlobsAsync(BlobTraits.None, BlobStates.None, null, cancellationToken);

    private AsyncPageable<BlobItem> Labels(ModelName model, CancellationToken cancellationToken) =>
        account.LabelsOf(model).GetBlobsAsync(BlobTraits.Metadata, BlobStates.None, null, cancellationToken);
}
