using Azure;
using Azure.Storage.Blobs.Models;
using ServerlessMme.Azure.Storage;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Azure.Labels;

/// <summary>Labels in the models' label containers, with metadata that a listing shows. Thread-safe.</summary>
public sealed class BlobLabelSink(StorageAccount account) : ILabelSink
{
    internal const string ImageETag = "imageetag";
    internal const string ModelETag = "modeletag";
    private static readonly BlobHttpHeaders Headers = new() { ContentType = "application/json" };

    /// <summary>Reads the stamp from a label's metadata.</summary>
    public static LabelStamp StampOf(IDictionary<string, string>? metadata) => new(
        metadata?.TryGetValue(ImageETag, out var image) == true ? image : null,
        metadata?.TryGetValue(ModelETag, out var model) == true ? model : null);

    /// <summary>Metadata that a listing shows the stamp by.</summary>
    internal static Dictionary<string, string> MetadataOf(LabelStamp stamp) => new()
    {
        [ImageETag] = stamp.ImageETag ?? LabelStamp.NoImage,
        [ModelETag] = stamp.ModelVersion ?? LabelStamp.NoModel,
    };

    public async Task<LabelStamp?> FindAsync(ModelName model, string image, CancellationToken cancellationToken)
    {
        try
        {
            var blob = account.LabelsOf(model).GetBlobClient(LabelName.Of(image));
            return StampOf((await blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value.Metadata);
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return null;
        }
    }

    public async Task WriteAsync(ModelName model, Label label, CancellationToken cancellationToken)
    {
        var container = account.LabelsOf(model);
        var blob = container.GetBlobClient(LabelName.Of(label.Image.Name));
        var json = BinaryData.FromBytes(LabelJson.Write(label));
        var options = new BlobUploadOptions
        {
            HttpHeaders = Headers,
            Metadata = MetadataOf(new LabelStamp(label.Image.ETag, label.Model.Version)),
        };
        try
        {
            await blob.UploadAsync(json, options, cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            await container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
            await blob.UploadAsync(json, options, cancellationToken);
        }
    }
}
