using System.Buffers;
using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;

namespace ServerlessMme.Storage.Images;

/// <summary>Images as blobs in the models' image containers. Thread-safe.</summary>
public sealed class BlobImageSource(
    StorageAccount account, WorkingMemory memory, IOptions<ImageOptions> options) : IImageSource
{
    private readonly ImageOptions _options = options.Value;

    public async IAsyncEnumerable<string> ListAsync(
        ModelName model, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var container = account.ImagesOf(model);
        if (!await container.ExistsAsync(cancellationToken))
        {
            throw new NoSuchModelException(model);
        }

        var blobs = container.GetBlobsAsync(BlobTraits.None, BlobStates.None, prefix, cancellationToken);
        await foreach (var blob in blobs)
        {
            if (ImageName.Check(blob.Name) is null)
            {
                yield return blob.Name;
            }
        }
    }

    public async Task<FetchedImage> FetchAsync(
        ModelName model, string image, string? unlessETag, CancellationToken cancellationToken)
    {
        var container = model.ImagesContainer;
        try
        {
            var conditions = unlessETag is null
                ? null
                : new BlobRequestConditions { IfNoneMatch = ETags.Parse(unlessETag) };
            var response = await account.ImagesOf(model).GetBlobClient(image).DownloadStreamingAsync(
                new BlobDownloadOptions { Conditions = conditions }, cancellationToken);
            // The SDK reports "not modified" as a response without a value, not as an exception.
            if (!response.HasValue)
            {
                return new FetchedImage(new ImageReference(container, image, unlessETag, 0), null, null);
            }

            using var download = response.Value;
            var bytes = download.Details.ContentLength;
            var reference = new ImageReference(container, image, download.Details.ETag.Unquoted(), bytes);
            if (bytes > _options.MaxBytes)
            {
                return new FetchedImage(reference, null, _options.RefuseSize(image, bytes));
            }

            return new FetchedImage(reference, await ReadAsync(reference, download.Content, cancellationToken), null);
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return new FetchedImage(new ImageReference(container, image, null, 0), null, new Refusal(
                ErrorCode.ImageNotFound,
                $"Image '{Printable.Text(image)}' is not in container '{container}'. Drop it there, or remove its name "
                + "from the message."));
        }
    }

    private async Task<EncodedImage> ReadAsync(
        ImageReference reference, Stream content, CancellationToken cancellationToken)
    {
        var length = (int)reference.Bytes;
        var held = await memory.Images.AcquireAsync(ImageOptions.MemoryOf(length), cancellationToken);
        var image = new EncodedImage(reference, ArrayPool<byte>.Shared.Rent(length), length, held);
        try
        {
            await content.ReadExactlyAsync(image.Writable, cancellationToken);
            return image;
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }
}
