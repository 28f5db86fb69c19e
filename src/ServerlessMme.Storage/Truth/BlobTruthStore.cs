using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs.Models;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Truth;

namespace ServerlessMme.Storage.Truth;

/// <summary>
/// Correct labels as blobs in the models' truth containers. Their metadata also contains the label, so one listing
/// returns the labels of all images. Blobs that don't contain correct labels are ignored. Thread-safe.
/// </summary>
public sealed class BlobTruthStore(StorageAccount account) : ITruthStore
{
    private const string Label = "label";
    private const int ReadAhead = 16;
    private static readonly BlobHttpHeaders Headers = new() { ContentType = "application/json" };

    public async IAsyncEnumerable<KnownImage> ListAsync(
        ModelName model, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var listing = account.TruthOf(model).GetBlobsAsync(
            BlobTraits.Metadata, BlobStates.None, null, cancellationToken);
        var chunks = listing.UnlessContainerIsMissing(cancellationToken).Chunk(ReadAhead);
        await foreach (var chunk in chunks.WithCancellation(cancellationToken))
        {
            var known = await Task.WhenAll(chunk.Select(blob => KnownAsync(model, blob, cancellationToken)));
            foreach (var image in known)
            {
                if (image is not null)
                {
                    yield return image;
                }
            }
        }
    }

    public async Task<CorrectLabel?> FindAsync(
        ModelName model, string image, CancellationToken cancellationToken)
    {
        try
        {
            var blob = account.TruthOf(model).GetBlobClient(TruthName.Of(image));
            using var download =
                (await blob.DownloadStreamingAsync(cancellationToken: cancellationToken)).Value;
            if (download.Details.ContentLength > TruthJson.MaxBytes)
            {
                return null;
            }

            var json = new byte[download.Details.ContentLength];
            await download.Content.ReadExactlyAsync(json, cancellationToken);
            return TruthJson.Read(json);
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return null;
        }
    }

    public Task WriteAsync(
        ModelName model, string image, CorrectLabel truth, CancellationToken cancellationToken) =>
        UploadAsync(model, image, truth, null, cancellationToken);

    public async Task<bool> TryAddAsync(
        ModelName model, string image, CorrectLabel truth, CancellationToken cancellationToken)
    {
        try
        {
            var isNew = new BlobRequestConditions { IfNoneMatch = ETag.All };
            await UploadAsync(model, image, truth, isNew, cancellationToken);
            return true;
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.BlobAlreadyExists)
        {
            return false;
        }
    }

    public async Task RemoveAsync(ModelName model, string image, CancellationToken cancellationToken)
    {
        try
        {
            await account.TruthOf(model).GetBlobClient(TruthName.Of(image))
                .DeleteIfExistsAsync(cancellationToken: cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            // No image of the model has a correct label yet.
        }
    }

    private async Task UploadAsync(
        ModelName model,
        string image,
        CorrectLabel truth,
        BlobRequestConditions? conditions,
        CancellationToken cancellationToken)
    {
        var container = account.TruthOf(model);
        var blob = container.GetBlobClient(TruthName.Of(image));
        var json = BinaryData.FromBytes(TruthJson.Write(truth));
        var options = new BlobUploadOptions
        {
            HttpHeaders = Headers,
            Conditions = conditions,
            Metadata = new Dictionary<string, string> { [Label] = MetadataText.Escape(truth.Label) },
        };
        try
        {
            // The container is created only if it is missing, because the writer may not have the right to create it.
            await blob.UploadAsync(json, options, cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            await container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
            await blob.UploadAsync(json, options, cancellationToken);
        }
    }

    private async Task<KnownImage?> KnownAsync(
        ModelName model, BlobItem blob, CancellationToken cancellationToken)
    {
        if (TruthName.ImageOf(blob.Name) is not { } image)
        {
            return null;
        }

        // Other programs may write blobs without metadata.
        var label = MetadataText.Read(blob.Metadata, Label);
        if (string.IsNullOrEmpty(label) || MetadataText.MayBeCut(label))
        {
            label = (await FindAsync(model, image, cancellationToken))?.Label;
        }

        return label is null ? null : new KnownImage(image, label);
    }
}
