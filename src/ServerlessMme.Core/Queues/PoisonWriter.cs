using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ServerlessMme.Core.Documents;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Core.Queues;

/// <summary>
/// Writes messages that were given up to the queue <c>classify-poison</c>, unchanged, each with its reason in the blob
/// <c>jobs/poison/{digest of the message}.json</c>. Thread-safe.
/// </summary>
public sealed class PoisonWriter(MessageQueues queues, IDocumentStore documents, TimeProvider time)
{
    /// <summary>Folder of the reasons in the container <c>jobs</c>.</summary>
    internal const string Folder = "poison/";

    /// <summary>Name of the blob with the reason for giving up a message.</summary>
    /// <param name="digest">The message's <see cref="MessageDigest"/>.</param>
    public static string ReasonName(string digest) => $"{Folder}{digest}.json";

    /// <summary>Gives up a message: copies it to the poison queue, and then writes the reason.</summary>
    public async Task AddAsync(
        IncomingMessage message, IReadOnlyList<PoisonReason> reasons, CancellationToken cancellationToken)
    {
        await CopyAsync(message, cancellationToken);
        // Written last, so a reason proves that the copy exists.
        await WriteReasonAsync(message, reasons, cancellationToken);
    }

    /// <summary>Copies a message to the poison queue. Write its reason next.</summary>
    public Task CopyAsync(IncomingMessage message, CancellationToken cancellationToken) =>
        queues.Poison.SendAsync(message.Body, TimeSpan.Zero, cancellationToken);

    /// <summary>
    /// Returns true if an earlier try already copied the message, or part of it, to the poison queue.
    /// </summary>
    public async Task<bool> HasReasonAsync(IncomingMessage message, CancellationToken cancellationToken) =>
        message.Tries > 1
        && await documents.FindVersionAsync(NameOf(message), cancellationToken) is not null;

    /// <summary>Writes only the reason, for hosts that move the message themselves.</summary>
    public Task WriteReasonAsync(
        IncomingMessage message, IReadOnlyList<PoisonReason> reasons, CancellationToken cancellationToken)
    {
        var text = Encoding.UTF8.GetString(message.Body.Span);
        var record = new PoisonRecord(reasons, message.Tries, time.GetUtcNow(), text);
        var json = JsonSerializer.SerializeToUtf8Bytes(record, PoisonJson.Default.PoisonRecord);
        return documents.TryWriteAsync(
            NameOf(message), new NewDocument(json), WriteCondition.None, cancellationToken);
    }

    private static string NameOf(IncomingMessage message) => ReasonName(MessageDigest.Of(message.Body));
}

/// <summary>Why a message was given up.</summary>
/// <param name="Code">An error code, or the type of the exception.</param>
public sealed record PoisonReason(string Code, string Message)
{
    /// <summary>Returns the reason for a message that failed too often.</summary>
    public static PoisonReason Of(Exception exception) => exception is NoSuchModelException { Refusal: var refusal }
        ? new PoisonReason(refusal.Code.ToString(), refusal.Message)
        : new PoisonReason(exception.GetType().Name, exception.Message);
}

/// <summary>The document next to a poison message.</summary>
internal sealed record PoisonRecord(
    IReadOnlyList<PoisonReason> Reasons, long Tries, DateTimeOffset GivenUpAt, string OriginalMessage);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(PoisonRecord))]
internal sealed partial class PoisonJson : JsonSerializerContext;
