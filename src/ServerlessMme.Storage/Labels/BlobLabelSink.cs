using System.Globalization;
using Azure;
using Azure.Storage.Blobs.Models;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;

namespace ServerlessMme.Storage.Labels;

/// <summary>
/// Labels as blobs in the models' label containers. Their metadata contains the stamp, so one listing returns the
/// stamps of all labels. Thread-safe.
/// </summary>
public sealed class BlobLabelSink(StorageAccount account) : ILabelSink
{
    internal const string ImageETag = "imageetag";
    internal const string ModelETag = "modeletag";
    private const string Answer = "answer";
    private const string Previous = "before";
    private const string Score = "score";
    private const string Unsure = "unsure";
    private const string Member = "member";
    private const string Members = "members";
    private const string RefusedMembers = "refused";

    // Other workers rarely write the same label, so more conflicts than this aren't a race.
    private const int MaxTries = 5;
    private const string True = "true";
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;
    private static readonly BlobHttpHeaders Headers = new() { ContentType = "application/json" };

    /// <summary>Reads the stamp from a label's metadata.</summary>
    public static LabelStamp StampOf(IDictionary<string, string>? metadata, DateTimeOffset? writtenAt = null) =>
        new(Text(metadata, ImageETag), Text(metadata, ModelETag))
        {
            Answer = MetadataText.Read(metadata, Answer),
            PreviousAnswer = MetadataText.Read(metadata, Previous),
            Score = double.TryParse(Text(metadata, Score), Invariant, out var score) && double.IsFinite(score)
                ? score
                : null,
            IsUnsure = Text(metadata, Unsure) == True,
            Member = Text(metadata, Member),
            Members = Number(metadata, Members),
            RefusedMembers = Number(metadata, RefusedMembers),
            WrittenAt = writtenAt ?? default,
        };

    /// <summary>Returns the metadata from which <see cref="StampOf"/> reads the versions.</summary>
    internal static Dictionary<string, string> MetadataOf(LabelStamp stamp) => new()
    {
        [ImageETag] = stamp.ImageETag ?? LabelStamp.NoImage,
        [ModelETag] = stamp.ModelVersion ?? LabelStamp.NoModel,
    };

    public async Task<LabelStamp?> FindAsync(ModelName model, string image, CancellationToken cancellationToken) =>
        await FindBlobAsync(model, image, cancellationToken) is { } blob
            ? StampOf(blob.Metadata, blob.LastModified)
            : null;

    public async Task<Stream?> OpenAsync(ModelName model, string image, CancellationToken cancellationToken) =>
        await new BlobLabelReader(account).OpenAsync(model, LabelName.Of(image), cancellationToken);

    public async Task<LabelStamp?> WriteAsync(ModelName model, Label label, CancellationToken cancellationToken)
    {
        if (label.LacksModel)
        {
            return await WriteUnlessAnsweredAsync(model, label, cancellationToken);
        }

        await UploadAsync(model, label, conditions: null, cancellationToken);
        return null;
    }

    private async Task<LabelStamp?> WriteUnlessAnsweredAsync(
        ModelName model, Label label, CancellationToken cancellationToken)
    {
        // The write is conditional, because a worker that still has the model may be labeling the same image.
        var conditions = new BlobRequestConditions { IfNoneMatch = ETag.All };
        for (var tries = 1; ; tries++)
        {
            try
            {
                await UploadAsync(model, label, conditions, cancellationToken);
                return null;
            }
            catch (RequestFailedException exception) when (tries < MaxTries
                && (exception.ErrorCode == BlobErrorCode.BlobAlreadyExists
                    || exception.ErrorCode == BlobErrorCode.ConditionNotMet))
            {
                var existing = await FindBlobAsync(model, label.Image.Name, cancellationToken);
                if (existing is { } blob && StampOf(blob.Metadata, blob.LastModified) is { IsFromModel: true } answer)
                {
                    return answer;
                }

                conditions = existing is null
                    ? new BlobRequestConditions { IfNoneMatch = ETag.All }
                    : new BlobRequestConditions { IfMatch = existing.ETag };
            }
        }
    }

    private async Task UploadAsync(
        ModelName model, Label label, BlobRequestConditions? conditions, CancellationToken cancellationToken)
    {
        var container = new LabelContainer(account, model);
        var blob = container.Client.GetBlobClient(LabelName.Of(label.Image.Name));
        await using var json = new PiecesStream(LabelJson.WritePieces(label));
        var options = new BlobUploadOptions
        {
            HttpHeaders = Headers,
            Metadata = MetadataOf(label),
            Conditions = conditions,
        };
        try
        {
            await blob.UploadAsync(json, options, cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            await container.CreateAsync(isPublished: !label.LacksModel, cancellationToken);
            json.Position = 0;
            await blob.UploadAsync(json, options, cancellationToken);
        }
    }

    private async Task<BlobProperties?> FindBlobAsync(
        ModelName model, string image, CancellationToken cancellationToken)
    {
        try
        {
            var blob = account.LabelsOf(model).GetBlobClient(LabelName.Of(image));
            return (await blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return null;
        }
    }

    private static Dictionary<string, string> MetadataOf(Label label)
    {
        var metadata = MetadataOf(new LabelStamp(label.Image.ETag, label.Model.Version));
        metadata[Answer] = MetadataText.Escape(label.Answer);
        if (label.PreviousAnswer is { } previous)
        {
            metadata[Previous] = MetadataText.Escape(previous);
        }

        if (label.Top.Count > 0)
        {
            metadata[Score] = label.Top[0].Score.ToString("0.0000", Invariant);
        }

        if (label.IsUnsure)
        {
            metadata[Unsure] = True;
        }

        if (label.Member is { } member)
        {
            metadata[Member] = member;
        }

        if (label.Answers is { } answers)
        {
            metadata[Members] = answers.Count.ToString(Invariant);
            metadata[RefusedMembers] = answers.Count(answer => answer.Score is null).ToString(Invariant);
        }

        return metadata;
    }

    private static int? Number(IDictionary<string, string>? metadata, string name) =>
        int.TryParse(Text(metadata, name), NumberStyles.None, Invariant, out var number) ? number : null;

    private static string? Text(IDictionary<string, string>? metadata, string name) =>
        metadata?.TryGetValue(name, out var text) == true ? text : null;
}
