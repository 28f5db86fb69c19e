using System.Globalization;
using System.Text;
using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using ServerlessMme.Core.Archives;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Names;
using ServerlessMme.Storage.Labels;

namespace ServerlessMme.Storage.Archives;

/// <summary>
/// The blob <c>{archive}.jsonl</c>, which grows block by block. Each write is conditional on the one before, so that
/// two workers never write one after the other into the same lines: the second one stops. Not thread-safe.
/// </summary>
internal sealed class ArchiveLinesBlob
{
    /// <summary>While lines are missing, versions have other names: no listing takes the blob for an answer.</summary>
    private const string PartOfImage = "partofimage";

    private const string PartOfModel = "partofmodel";
    private const string Writer = "writer";
    private static readonly BlobHttpHeaders Headers = new() { ContentType = "application/x-ndjson" };

    private readonly string _writer = Guid.NewGuid().ToString("N");
    private readonly BlobContainerClient _container;
    private readonly string _archive;
    private readonly BlockBlobClient _blob;
    private string[] _blocks = [];
    private ETag? _etag;

    private ArchiveLinesBlob(BlobContainerClient labels, string archive)
    {
        _container = labels;
        _archive = archive;
        _blob = labels.GetBlockBlobClient(archive + ArchiveName.LinesSuffix);
    }

    /// <summary>What the lines that are there have in them.</summary>
    public ArchiveTally Kept { get; private set; } = new();

    /// <summary>Lines of an archive that is not there, whatever lines are.</summary>
    public static ArchiveLinesBlob None(BlobContainerClient labels, string archive) =>
        new(labels, archive) { _etag = ETag.All };

    /// <summary>Finds what an earlier try kept; lines of other versions count for nothing.</summary>
    public static async Task<ArchiveLinesBlob> FindAsync(
        BlobContainerClient labels, string archive, LabelStamp stamp, CancellationToken cancellationToken)
    {
        var found = new ArchiveLinesBlob(labels, archive);
        try
        {
            var properties = (await found._blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
            found._etag = properties.ETag;
            if (IsOf(stamp, properties.Metadata, PartOfImage, PartOfModel)
                || IsOf(stamp, properties.Metadata, BlobLabelSink.ImageETag, BlobLabelSink.ModelETag))
            {
                await found.ReadAsync(cancellationToken);
            }
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            // There are none, or no longer.
        }

        return found;
    }

    /// <summary>Adds lines; the last ones make the answer whole.</summary>
    public async Task AddAsync(
        ReadOnlyMemory<byte> lines, LabelStamp stamp, bool isLast, CancellationToken cancellationToken)
    {
        string[] blocks = lines.Length > 0 ? [.. _blocks, NameOfNext()] : [.. _blocks];
        try
        {
            _etag = await WriteAsync(lines, blocks, stamp, isLast, cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            await _container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
            _etag = await WriteAsync(lines, blocks, stamp, isLast, cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status == 412
            || exception.ErrorCode == BlobErrorCode.BlobAlreadyExists
            || exception.ErrorCode == BlobErrorCode.InvalidBlockList)
        {
            // The answer to a write of our own may have been lost, and the client have sent it again.
            var properties = (await _blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
            if (!IsOwn(properties.Metadata))
            {
                throw new ArchiveTakenException(_archive);
            }

            _etag = properties.ETag;
        }

        _blocks = blocks;
    }

    private async Task<ETag> WriteAsync(
        ReadOnlyMemory<byte> lines,
        string[] blocks,
        LabelStamp stamp,
        bool isLast,
        CancellationToken cancellationToken)
    {
        var conditions = _etag is { } etag
            ? new BlobRequestConditions { IfMatch = etag == ETag.All ? null : etag }
            : new BlobRequestConditions { IfNoneMatch = ETag.All };
        var metadata = MetadataOf(stamp, isLast);
        using var content = AsStream(lines);
        // What fits into one write needs no blocks.
        if (isLast && _blocks.Length == 0)
        {
            var whole = new BlobUploadOptions { HttpHeaders = Headers, Metadata = metadata, Conditions = conditions };
            return (await _blob.UploadAsync(content, whole, cancellationToken)).Value.ETag;
        }

        if (blocks.Length > _blocks.Length)
        {
            await _blob.StageBlockAsync(blocks[^1], content, cancellationToken: cancellationToken);
        }

        var grown = new CommitBlockListOptions { HttpHeaders = Headers, Metadata = metadata, Conditions = conditions };
        return (await _blob.CommitBlockListAsync(blocks, grown, cancellationToken)).Value.ETag;
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var conditions = new BlobRequestConditions { IfMatch = _etag };
        try
        {
            var list = (await _blob.GetBlockListAsync(
                BlockListTypes.Committed, conditions: null, cancellationToken: cancellationToken)).Value;
            // Written as a whole: there is nothing that could be added to.
            if (!list.CommittedBlocks.Any())
            {
                return;
            }

            using var download = (await _blob.DownloadStreamingAsync(
                new BlobDownloadOptions { Conditions = conditions }, cancellationToken)).Value;
            Kept = await ArchiveTally.ReadAsync(download.Content, cancellationToken);
            _blocks = [.. list.CommittedBlocks.Select(block => block.Name)];
        }
        catch (RequestFailedException exception) when (exception.Status == 412)
        {
            throw new ArchiveTakenException(_archive);
        }
        catch (JsonException)
        {
            // Not ours, whatever the metadata says; written anew.
        }
    }

    // Another worker's blocks must not be taken for ours, so that the writer is part of the name.
    private string NameOfNext() => Convert.ToBase64String(Encoding.ASCII.GetBytes(
        _blocks.Length.ToString("D6", CultureInfo.InvariantCulture) + _writer[..8]));

    private bool IsOwn(IDictionary<string, string> metadata) =>
        metadata.TryGetValue(Writer, out var writer) && writer == $"{_writer}-{_blocks.Length}";

    private Dictionary<string, string> MetadataOf(LabelStamp stamp, bool isLast)
    {
        var metadata = isLast
            ? BlobLabelSink.MetadataOf(stamp)
            : new() { [PartOfImage] = stamp.ImageETag!, [PartOfModel] = stamp.ModelVersion! };
        metadata[Writer] = $"{_writer}-{_blocks.Length}";
        return metadata;
    }

    private static bool IsOf(LabelStamp stamp, IDictionary<string, string> metadata, string image, string model) =>
        metadata.TryGetValue(image, out var imageETag) && imageETag == stamp.ImageETag
        && metadata.TryGetValue(model, out var modelETag) && modelETag == stamp.ModelVersion;

    private static MemoryStream AsStream(ReadOnlyMemory<byte> bytes) =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(bytes, out var array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(bytes.ToArray(), writable: false);
}
