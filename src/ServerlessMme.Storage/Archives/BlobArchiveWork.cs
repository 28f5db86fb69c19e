using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using ServerlessMme.Core.Archives;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Storage.Labels;

namespace ServerlessMme.Storage.Archives;

/// <summary>
/// Writes an archive's two answers, its lines and its summary. It deletes an older summary first and writes the new one
/// last, so if a summary exists, the lines are complete. Not thread-safe.
/// </summary>
internal sealed class BlobArchiveWork(
    ArchiveLinesBlob lines,
    BlobClient summary,
    bool hasOldSummary,
    string version,
    ImageReference archive,
    ReadAheadDownload? content,
    Refusal? refusal) : IArchiveWork
{
    private readonly LabelStamp _stamp = new(archive.ETag ?? LabelStamp.NoImage, version);
    private bool _hasOldSummary = hasOldSummary;

    public ImageReference Archive => archive;

    public Stream Content => content?.Stream ?? Stream.Null;

    public Refusal? Refusal => refusal;

    public ArchiveTally Kept => lines.Kept;

    public async Task KeepAsync(ReadOnlyMemory<byte> added, CancellationToken cancellationToken)
    {
        await RemoveOldSummaryAsync(cancellationToken);
        await lines.AddAsync(added, _stamp, isLast: false, cancellationToken);
    }

    public async Task CompleteAsync(
        ReadOnlyMemory<byte> added, ReadOnlyMemory<byte> summaryJson, CancellationToken cancellationToken)
    {
        await RemoveOldSummaryAsync(cancellationToken);
        await lines.AddAsync(added, _stamp, isLast: true, cancellationToken);
        await summary.UploadAsync(
            BinaryData.FromBytes(summaryJson),
            new BlobUploadOptions
            {
                HttpHeaders = new BlobHttpHeaders { ContentType = "application/json" },
                Metadata = BlobLabelSink.MetadataOf(_stamp),
            },
            cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (content is not null)
        {
            await content.DisposeAsync();
        }
    }

    private async Task RemoveOldSummaryAsync(CancellationToken cancellationToken)
    {
        if (_hasOldSummary)
        {
            await summary.DeleteIfExistsAsync(cancellationToken: cancellationToken);
        }

        _hasOldSummary = false;
    }
}
