using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Storage.Blobs.Models;

namespace ServerlessMme.Storage.Queues;

/// <summary>
/// The queue <c>classify-poison</c>: messages that were given up, as they came, each with its reason in the blob
/// <c>jobs/poison/{digest of the message}.json</c>. Thread-safe.
/// </summary>
public sealed class PoisonWriter(StorageAccount account, TimeProvider time)
{
    /// <summary>Folder of the reasons in the container <c>jobs</c>.</summary>
    internal const string Folder = "poison/";

    /// <summary>Name of the blob that says why a message was given up.</summary>
    public static string ReasonName(BinaryData body) => ReasonName(MessageDigest.Of(body));

    internal static string ReasonName(string digest) => $"{Folder}{digest}.json";

    /// <summary>Gives a message up: a copy of it to the poison queue, then the reason.</summary>
    public async Task AddAsync(
        IncomingMessage message, IReadOnlyList<PoisonReason> reasons, CancellationToken cancellationToken)
    {
        // Poison waits for people: it must not expire after the queue's usual seven days.
        await account.Poison.SendMessageAsync(
            message.Body, timeToLive: TimeSpan.FromSeconds(-1), cancellationToken: cancellationToken);
        // Last, so that a reason that is there tells that the copy is there too.
        await WriteReasonAsync(message, reasons, cancellationToken);
    }

    /// <summary>True when an earlier try of the message has put it, or part of it, into the poison queue.</summary>
    public async Task<bool> HasReasonAsync(IncomingMessage message, CancellationToken cancellationToken) =>
        message.Tries > 1
        && await account.Jobs.GetBlobClient(ReasonName(message.Body)).ExistsAsync(cancellationToken);

    /// <summary>Why a message was given up; null when there is no reason, or what is there is none.</summary>
    internal async Task<PoisonEntry?> ReadReasonAsync(string digest, CancellationToken cancellationToken)
    {
        try
        {
            var content = await account.Jobs.GetBlobClient(ReasonName(digest)).DownloadContentAsync(cancellationToken);
            var record = JsonSerializer.Deserialize(content.Value.Content, PoisonJson.Default.PoisonRecord);
            return record is { Reasons: not null, OriginalMessage: not null }
                ? new PoisonEntry(digest, record.Reasons, record.Tries, record.GivenUpAt, record.OriginalMessage)
                : null;
        }
        catch (Exception exception) when (exception is JsonException or RequestFailedException { Status: 404 })
        {
            return null;
        }
    }

    /// <summary>The version of a message's reason; null when there is none.</summary>
    internal async Task<ETag?> FindReasonAsync(string digest, CancellationToken cancellationToken)
    {
        try
        {
            var blob = account.Jobs.GetBlobClient(ReasonName(digest));
            return (await blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value.ETag;
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return null;
        }
    }

    /// <summary>Removes the reason of a message that is no longer given up.</summary>
    /// <param name="version">What is newer stays; null for any.</param>
    internal async Task RemoveReasonAsync(string digest, ETag? version, CancellationToken cancellationToken)
    {
        try
        {
            await account.Jobs.GetBlobClient(ReasonName(digest)).DeleteIfExistsAsync(
                conditions: new BlobRequestConditions { IfMatch = version }, cancellationToken: cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status == 412)
        {
            // The message was given up once more meanwhile: the reason is that of the new copy.
        }
    }

    /// <summary>Writes the reason alone, where the host moves the message itself.</summary>
    public async Task WriteReasonAsync(
        IncomingMessage message, IReadOnlyList<PoisonReason> reasons, CancellationToken cancellationToken)
    {
        var record = new PoisonRecord(reasons, message.Tries, time.GetUtcNow(), message.Body.ToString());
        var json = JsonSerializer.SerializeToUtf8Bytes(record, PoisonJson.Default.PoisonRecord);
        await account.Jobs.GetBlobClient(ReasonName(message.Body)).UploadAsync(
            BinaryData.FromBytes(json),
            new BlobUploadOptions { HttpHeaders = new BlobHttpHeaders { ContentType = "application/json" } },
            cancellationToken);
    }
}

/// <summary>Why a message was given up.</summary>
/// <param name="Code">One of the closed list of error codes, or the type of what was thrown.</param>
public sealed record PoisonReason(string Code, string Message);

internal sealed record PoisonRecord(
    IReadOnlyList<PoisonReason> Reasons, long Tries, DateTimeOffset GivenUpAt, string OriginalMessage);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(PoisonRecord))]
internal sealed partial class PoisonJson : JsonSerializerContext;
