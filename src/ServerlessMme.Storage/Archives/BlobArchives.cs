using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Storage.Archives;

/// <summary>Archives in the models' image containers, for reading without writing an answer. Thread-safe.</summary>
public sealed class BlobArchives(StorageAccount account)
{
    /// <summary>Opens an archive, or returns null if it doesn't exist.</summary>
    /// <param name="unlessETag">Downloads nothing if the archive still has this version.</param>
    public async Task<OpenedArchive?> OpenAsync(
        ModelName model, string archive, string? unlessETag, CancellationToken cancellationToken)
    {
        var download = await BlobArchiveStore.DownloadAsync(
            account.ImagesOf(model).GetBlobClient(archive), unlessETag, cancellationToken);
        if (!download.Exists)
        {
            return null;
        }

        var reference = new ImageReference(
            model.ImagesContainer, archive, download.Content?.Details.ETag.Unquoted() ?? unlessETag,
            download.Content?.Details.ContentLength ?? 0);
        return new OpenedArchive(
            reference, download.Content is { } content ? new ReadAheadDownload(content, cancellationToken) : null);
    }
}

/// <summary>An archive that is being downloaded. Not thread-safe.</summary>
public sealed class OpenedArchive : IAsyncDisposable
{
    private readonly ReadAheadDownload? _download;

    internal OpenedArchive(ImageReference reference, ReadAheadDownload? download)
    {
        Reference = reference;
        _download = download;
    }

    public ImageReference Reference { get; }

    /// <summary>
    /// The bytes from the beginning; null if the archive still has the version that the caller knows.
    /// </summary>
    public Stream? Content => _download?.Stream;

    public ValueTask DisposeAsync() => _download?.DisposeAsync() ?? ValueTask.CompletedTask;
}
