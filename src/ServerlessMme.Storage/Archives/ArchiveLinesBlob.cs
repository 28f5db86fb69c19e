using System.Globalization;
using System.Text;
using System.Text.Json;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using ServerlessMme.Core.Archives;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Names;
using ServerlessMme.Storage.Labels;

namespace ServerlessMme.Storage.Archives;

/// <summary>
/// The blob <c>{archive}.jsonl</c>, which grows block by block. Each write is conditional on the previous one: if two
/// workers process the same archive, the second one stops instead of mixing its lines with the first one's. Not
/// thread-safe.
/// </summary>
internal sealed class ArchiveLinesBlob
{
    /// <summary>
    /// Metadata name of the archive's version while lines are missing. It differs from the name in a label's metadata,
    /// so no listing mistakes the incomplete blob for an answer.
    /// </summary>
    private const string PartOfImage = "partofimage";

    private const string PartOfModel = "partofmodel";
    private const string Writer = "writer";
    private static readonly BlobHttpHeaders Headers = new() { ContentType = "application/x-ndjson" };

    private readonly string _writer = Guid.NewGuid().ToString("N");
    private readonly LabelContainer _container;
    private readonly string _archive;
    private readonly BlockBlobClient _blob;
    private string[] _blocks = [];
    private ETag? _etag;

    private ArchiveLinesBlob(LabelContainer labels, string archive)
    {
        _container = labels;
        _archive = archive;
        _blob = labels.Client.GetBlockBlobClient(archive + ArchiveName.LinesSuffix);
    }

    /// <summary>Counts of the lines that an earlier try stored.</summary>
    public ArchiveTally Kept { get; private set; } = new();

    /// <summary>True if an earlier try has also stored the last lines.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>
    /// Returns an empty blob for an archive that doesn't exist. The first write replaces any stored lines.
    /// </summary>
    public static ArchiveLinesBlob None(LabelContainer labels, string archive) =>
        new(labels, archive) { _etag = ETag.All };

    /// <summary>
    /// Finds the lines that an earlier try stored. Ignores lines for another version of the archive or model, which the
    /// first write replaces.
    /// </summary>
    /// <exception cref="ArchiveTakenException">Another worker is writing the lines.</exception>
    public static async Task<ArchiveLinesBlob> FindAsync(
        LabelContainer labels, string archive, LabelStamp stamp, CancellationToken cancellationToken)
    {
        var found = new ArchiveLinesBlob(labels, archive);
        try
        {
            var properties = (await found._blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
            found._etag = properties.ETag;
            found.IsComplete = IsOf(stamp, properties.Metadata, BlobLabelSink.ImageETag, BlobLabelSink.ModelETag);
            if (found.IsComplete || IsOf(stamp, properties.Metadata, PartOfImage, PartOfModel))
            {
                await found.ReadAsync(cancellationToken);
            }
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            // No lines are stored.
        }

        return found;
    }

    /// <summary>Appends lines. The last lines complete the answer.</summary>
    /// <exception cref="ArchiveTakenException">Another worker has written lines in the meantime.</exception>
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
            await _container.CreateAsync(stamp.ModelVersion != LabelStamp.NoModel, cancellationToken);
            _etag = await WriteAsync(lines, blocks, stamp, isLast, cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status == 412
            || exception.ErrorCode == BlobErrorCode.BlobAlreadyExists
            || exception.ErrorCode == BlobErrorCode.InvalidBlockList)
        {
            // If the response to our own write was lost, the SDK has repeated the write and now sees its own change.
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
        // Lines that fit into a single write need no blocks.
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
            // The blob was written in one upload, so there are no blocks to append to.
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
            // These lines aren't ours, whatever the metadata says. The next write replaces them.
        }
    }

    // The name includes the writer because another worker's blocks must not be mistaken for ours.
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

    // Without a model, the previous model's answers stay, and only the entries after them are refused.
    private static bool IsOf(LabelStamp stamp, IDictionary<string, string> metadata, string image, string model) =>
        metadata.TryGetValue(image, out var imageETag) && imageETag == stamp.ImageETag
        && metadata.TryGetValue(model, out var modelETag)
        && (modelETag == stamp.ModelVersion || stamp.ModelVersion == LabelStamp.NoModel);

    private static MemoryStream AsStream(ReadOnlyMemory<byte> bytes) =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(bytes, out var array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(bytes.ToArray(), writable: false);
}
