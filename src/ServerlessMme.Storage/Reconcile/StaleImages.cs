using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Storage.Labels;

namespace ServerlessMme.Storage.Reconcile;

/// <summary>Which of a model's images have no current label, by listing its two containers. Thread-safe.</summary>
public sealed class StaleImages(StorageAccount account)
{
    /// <summary>How many images have no current label. Names that cannot be addressed are not counted.</summary>
    /// <param name="version">The version published; null when none is.</param>
    public async Task<long> CountAsync(ModelName model, string? version, CancellationToken cancellationToken)
    {
        var count = 0L;
        await foreach (var image in FindAsync(model, version, cancellationToken))
        {
            if (ImageName.Check(image.Name) is null)
            {
                count++;
            }
        }

        return count;
    }

    internal IAsyncEnumerable<ListedImage> FindAsync(
        ModelName model, string? version, CancellationToken cancellationToken) =>
        LabelMerge.FindStaleAsync(
            ListImagesAsync(model, cancellationToken),
            ListLabelsAsync(model, cancellationToken),
            version ?? LabelStamp.NoModel);

    internal IAsyncEnumerable<ListedImage> ListImagesAsync(ModelName model, CancellationToken cancellationToken) =>
        ListAsync(account.ImagesOf(model), BlobTraits.None, cancellationToken)
            .Select(blob => new ListedImage(blob.Name, blob.Properties.ETag!.Value.Unquoted()));

    private IAsyncEnumerable<ListedLabel> ListLabelsAsync(ModelName model, CancellationToken cancellationToken) =>
        ListAsync(account.LabelsOf(model), BlobTraits.Metadata, cancellationToken)
            .Select(blob => new ListedLabel(
                blob.Name, BlobLabelSink.StampOf(blob.Metadata, blob.Properties.LastModified)));

    private static async IAsyncEnumerable<BlobItem> ListAsync(
        BlobContainerClient container, BlobTraits traits, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var blobs = container.GetBlobsAsync(traits, BlobStates.None, null, cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
        while (await MoveNextAsync())
        {
            yield return blobs.Current;
        }

        async Task<bool> MoveNextAsync()
        {
            try
            {
                return await blobs.MoveNextAsync();
            }
            catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.ContainerNotFound)
            {
                // No labels yet, or the container was removed meanwhile.
                return false;
            }
        }
    }
}
