using System.Buffers.Text;
using System.Text.Json;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Requests;

/// <summary>
/// Reads a message of the queue <c>classify</c>: an Event Grid event or CloudEvent, the app's own batch message, or a
/// list of any of them; plain or base64. See docs/schemas/v1/message.json.
/// </summary>
public static class MessageParser
{
    /// <summary>Maximum size of a message, in bytes: the limit of a storage queue.</summary>
    public const int MaxBytes = 64 * 1024;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    /// <summary>
    /// Parses a message. Returns <see cref="ErrorCode.InvalidMessage"/> if it matches none of the forms.
    /// </summary>
    public static Outcome<ParsedMessage> Parse(ReadOnlyMemory<byte> body)
    {
        if (body.Length > MaxBytes)
        {
            return Refuse($"has {body.Length} bytes, but the limit is {MaxBytes}");
        }

        var json = Decode(body);
        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            return Read(document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return Refuse($"is not valid JSON, plain or in base64: {JsonProblem.Describe(json.Span, exception)}");
        }
    }

    private static Outcome<ParsedMessage> Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Array)
        {
            return ReadOne(root);
        }

        if (root.GetArrayLength() == 0)
        {
            return Refuse("is an empty list");
        }

        var requests = new List<ClassifyRequest>();
        var refusals = new List<Refusal>();
        foreach (var item in root.EnumerateArray())
        {
            if (ReadOne(item).TryGet(out var one, out var refusal))
            {
                requests.AddRange(one.Requests);
                refusals.AddRange(one.Refusals);
            }
            else
            {
                refusals.Add(refusal);
            }
        }

        // Nothing is usable, so the message as a whole is refused.
        return requests.Count == 0 ? refusals[0] : new ParsedMessage(requests, refusals);
    }

    private static Outcome<ParsedMessage> ReadOne(JsonElement item)
    {
        if (item.ValueKind == JsonValueKind.Object && item.TryGetProperty("model", out _))
        {
            return BatchMessage.Read(item);
        }

        return BlobCreatedEvent.Read(item).TryGet(out var request, out var refusal)
            ? new ParsedMessage([request], [])
            : refusal;
    }

    /// <summary>Decodes a message that is plain JSON or base64. Returns the body itself if it is neither.</summary>
    public static ReadOnlyMemory<byte> Decode(ReadOnlyMemory<byte> body)
    {
        var text = body.Span.TrimStart(" \t\r\n"u8);
        if (text.StartsWith("\uFEFF"u8))
        {
            return body[(body.Length - text.Length + 3)..];
        }

        if (text.IsEmpty || text[0] is (byte)'{' or (byte)'[')
        {
            return body;
        }

        var decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(body.Length)];
        var status = Base64.DecodeFromUtf8(body.Span, decoded, out _, out var written);
        return status == System.Buffers.OperationStatus.Done ? decoded.AsMemory(0, written) : body;
    }

    internal static Refusal Refuse(string why) => new(
        ErrorCode.InvalidMessage,
        $"The message {why}. Send a blob-created event, or {{\"model\":\"…\",\"images\":[\"…\"]}}.");

    /// <summary>Returns the member's text, or null if it is missing or not a string.</summary>
    internal static string? Text(JsonElement element, string member) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(member, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
