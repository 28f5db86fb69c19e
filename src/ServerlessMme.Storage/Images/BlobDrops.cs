using Azure;
using Azure.Storage;
using Azure.Storage.Blobs.Models;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Storage.Images;

/// <summary>Drops images and archives into the models' containers, as any storage client does. Thread-safe.</summary>
public sealed class BlobDrops(StorageAccount account)
{
    // Each block is held in memory, because a network stream can't be read again for a retry.
    private const int BlockBytes = 4 << 20;

    /// <summary>Writes a drop. Nothing is stored if reading <paramref name="content"/> fails.</summary>
    /// <param name="image">A name that <see cref="Core.Names.ImageName.Check"/> accepts.</param>
    /// <param name="replaces">Whether to replace a drop with that name.</param>
    public async Task<DropResult> WriteAsync(
        ModelName model, string image, Stream content, bool replaces, CancellationToken cancellationToken)
    {
        var options = new BlobUploadOptions
        {
            Conditions = replaces ? null : new BlobRequestConditions { IfNoneMatch = ETag.All },
            TransferOptions = new StorageTransferOptions
            {
                InitialTransferSize = BlockBytes,
                MaximumTransferSize = BlockBytes,
                MaximumConcurrency = 1,
            },
        };
        try
        {
            var blob = account.ImagesOf(model).GetBlobClient(image);
            var uploaded = await blob.UploadAsync(content, options, cancellationToken);
            return new DropResult(DropState.Stored, uploaded.Value.ETag.Unquoted());
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            return new DropResult(DropState.NoContainer, null);
        }
        catch (RequestFailedException exception) when (!replaces
            && (exception.ErrorCode == BlobErrorCode.BlobAlreadyExists
                || exception.ErrorCode == BlobErrorCode.ConditionNotMet))
        {
            return new DropResult(DropState.Exists, null);
        }
    }

    /// <summary>Returns true if the container has a drop with that name.</summary>
    public async Task<bool> ExistsAsync(ModelName model, string image, CancellationToken cancellationToken) =>
        await FindVersionAsync(model, image, cancellationToken) is not null;

    /// <summary>Returns the version of a drop, or null if it doesn't exist.</summary>
    public async Task<string?> FindVersionAsync(ModelName model, string image, CancellationToken cancellationToken)
    {
        try
        {
            var properties = await account.ImagesOf(model).GetBlobClient(image)
                .GetPropertiesAsync(cancellationToken: cancellationToken);
            return properties.Value.ETag.Unquoted();
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return null;
        }
    }
}

/// <summary>Whether a drop was stored, or why not.</summary>
public enum DropState
{
    Stored,
    Exists,
    NoContainer,
}

/// <summary>The result of writing a drop.</summary>
/// <param name="ETag">The drop's ETag, unquoted; null unless it was stored.</param>
public readonly record struct DropResult(DropState State, string? ETag);
