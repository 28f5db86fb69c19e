using System.Text.Json;
using System.Text.Json.Serialization;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Tracing;

namespace ServerlessMme.Core.Requests;

/// <summary>
/// The app's own message: <c>{"model":…,"images":[…]}</c>, <c>{"model":…,"prefix":…}</c> or
/// <c>{"model":…,"job":…,"rescore":true}</c>.
/// </summary>
/// <param name="Version">The model version that the sender saw published.</param>
/// <param name="TraceParent">The trace that the message is part of, in W3C Trace Context format.</param>
/// <param name="Rescore">True to list the images of a re-scoring job and to send its messages.</param>
public sealed record BatchMessage(
    string Model,
    IReadOnlyList<string>? Images,
    string? Prefix = null,
    string? Job = null,
    string? Version = null,
    [property: JsonPropertyName(BatchMessage.TraceParentMember)] string? TraceParent = null,
    [property: JsonPropertyName(BatchMessage.TraceStateMember)] string? TraceState = null,
    bool? Rescore = null)
{
    internal const string TraceParentMember = "traceparent";
    internal const string TraceStateMember = "tracestate";
    private const int MaxJobLength = 128;
    private static readonly string[] Known =
        ["model", "images", "prefix", "job", "version", "rescore", TraceParentMember, TraceStateMember];

    /// <summary>Returns the message as UTF-8 JSON.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, BatchMessageJson.Default.BatchMessage);

    /// <summary>
    /// Returns the trace that a message or an event names, or null if it names no trace or an invalid one.
    /// </summary>
    internal static TraceContext? TraceOf(JsonElement root) =>
        TraceContext.Parse(TraceText(root, TraceParentMember), TraceText(root, TraceStateMember));

    internal static Outcome<ParsedMessage> Read(JsonElement root)
    {
        foreach (var member in root.EnumerateObject())
        {
            if (!Known.Contains(member.Name))
            {
                return MessageParser.Refuse(
                    $"has an unknown member '{Printable.Text(member.Name, 40)}' (known members: "
                    + $"{string.Join(", ", Known)})");
            }
        }

        if (!ModelName.Parse(MessageParser.Text(root, "model")).TryGet(out var model, out var refusal))
        {
            return refusal;
        }

        var job = MessageParser.Text(root, "job");
        if (job?.Length > MaxJobLength)
        {
            return MessageParser.Refuse($"has a \"job\" with {job.Length} characters, but the limit is {MaxJobLength}");
        }

        var request = new ClassifyRequest(
            model, [], null, job, MessageParser.Text(root, "version"), SkipLabeled: true, Trace: TraceOf(root));
        var hasImages = root.TryGetProperty("images", out var images);
        var hasPrefix = root.TryGetProperty("prefix", out var prefix);
        var hasRescore = root.TryGetProperty("rescore", out var rescore);
        if ((hasImages ? 1 : 0) + (hasPrefix ? 1 : 0) + (hasRescore ? 1 : 0) != 1)
        {
            return MessageParser.Refuse("doesn't have exactly one of \"images\", \"prefix\" and \"rescore\"");
        }

        return hasImages ? WithImages(request, images)
            : hasPrefix ? WithPrefix(request, prefix)
            : WithRescore(request, rescore);
    }

    private static string? TraceText(JsonElement root, string member)
    {
        try
        {
            return MessageParser.Text(root, member);
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate is valid JSON but not valid text.
            return null;
        }
    }

    private static Outcome<ParsedMessage> WithImages(ClassifyRequest request, JsonElement images)
    {
        if (images.ValueKind != JsonValueKind.Array || images.GetArrayLength() == 0)
        {
            return MessageParser.Refuse("has a member \"images\" that isn't a list with at least one name");
        }

        var names = new List<string>();
        var refusals = new List<Refusal>();
        foreach (var item in images.EnumerateArray())
        {
            var name = item.ValueKind == JsonValueKind.String ? item.GetString()! : null;
            if (ImageName.Check(name) is { } refusal)
            {
                refusals.Add(refusal);
            }
            else
            {
                names.Add(name!);
            }
        }

        return new ParsedMessage(
            names.Count == 0 ? [] : [request with { Images = [.. names.Distinct(StringComparer.Ordinal)] }], refusals);
    }

    private static Outcome<ParsedMessage> WithPrefix(ClassifyRequest request, JsonElement prefix)
    {
        if (prefix.ValueKind != JsonValueKind.String || prefix.GetString() is not { Length: <= ImageName.MaxLength } text)
        {
            return MessageParser.Refuse(
                $"has a \"prefix\" that isn't a string of at most {ImageName.MaxLength} characters");
        }

        return new ParsedMessage([request with { Prefix = text }], []);
    }

    private static Outcome<ParsedMessage> WithRescore(ClassifyRequest request, JsonElement rescore)
    {
        if (rescore.ValueKind != JsonValueKind.True || request.Job is null)
        {
            return MessageParser.Refuse("has a \"rescore\" that isn't true, or has no \"job\"");
        }

        return new ParsedMessage([request with { IsRescore = true }], []);
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BatchMessage))]
internal sealed partial class BatchMessageJson : JsonSerializerContext;
