using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using ServerlessMme.Core.Archives;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Storage.Labels;

namespace ServerlessMme.Storage.Archives;

/// <summary>Archives in the models' image containers, and their answers in the label containers. Thread-safe.</summary>
public sealed class BlobArchiveStore(StorageAccount account) : IArchiveStore
{
    public async Task<IArchiveWork?> OpenAsync(
        ModelName model, string archive, string version, CancellationToken cancellationToken)
    {
        var labels = new LabelContainer(account, model);
        var summary = labels.Client.GetBlobClient(archive + ArchiveName.SummarySuffix);
        var stored = await FindAsync(summary, cancellationToken);
        var stamp = stored is null ? null : BlobLabelSink.StampOf(stored.Metadata, stored.LastModified);
        if (version == LabelStamp.NoModel && stamp is { IsFromModel: true })
        {
            // Without a model, there are only refusals, and they never replace an answer.
            return null;
        }

        var unlessETag = stamp?.ModelVersion == version ? stamp.ImageETag : null;

        var container = model.ImagesContainer;
        var download = await DownloadAsync(
            account.ImagesOf(model).GetBlobClient(archive), unlessETag, cancellationToken);
        if (!download.Exists)
        {
            return unlessETag == LabelStamp.NoImage ? null : new BlobArchiveWork(
                ArchiveLinesBlob.None(labels, archive), summary, stored is not null, version,
                new ImageReference(container, archive, null, 0), null, new Refusal(
                    ErrorCode.ImageNotFound,
                    $"Archive '{Printable.Text(archive)}' is not in container '{container}'. Drop it there, or remove "
                    + "its name from the message."));
        }

        if (download.Content is not { } content)
        {
            return null;
        }

        try
        {
            var reference = new ImageReference(
                container, archive, content.Details.ETag.Unquoted(), content.Details.ContentLength);
            var lines = await ArchiveLinesBlob.FindAsync(
                labels, archive, new LabelStamp(reference.ETag, version), cancellationToken);
            if (version == LabelStamp.NoModel && lines.IsComplete)
            {
                // All entries have answers, and only the summary is missing. Refusals never replace an answer.
                content.Dispose();
                return null;
            }

            var bytes = new ReadAheadDownload(content, cancellationToken);
            return new BlobArchiveWork(lines, summary, stored is not null, version, reference, bytes, null);
        }
        catch
        {
            content.Dispose();
            throw;
        }
    }

    private static async Task<BlobProperties?> FindAsync(BlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            return (await blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return null;
        }
    }

    internal static async Task<(bool Exists, BlobDownloadStreamingResult? Content)> DownloadAsync(
        BlobClient blob, string? unlessETag, CancellationToken cancellationToken)
    {
        var conditions = unlessETag is null or LabelStamp.NoImage
            ? null
            : new BlobRequestConditions { IfNoneMatch = ETags.Parse(unlessETag) };
        try
        {
            var response = await blob.DownloadStreamingAsync(
                new BlobDownloadOptions { Conditions = conditions }, cancellationToken);
            // The SDK reports "not modified" as a response without a value, not as an exception.
            return (true, response.HasValue ? response.Value : null);
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return (false, null);
        }
    }
}
