using System.Text.Json;
using System.Text.Json.Nodes;

namespace ServerlessMme.Core.Models.Import;

/// <summary>Parses JSON from untrusted sources.</summary>
internal static class UntrustedJson
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    /// <summary>
    /// Returns the JSON, or null if it is malformed, or has a string that is not valid Unicode or a number outside the
    /// range of doubles. A <see cref="JsonNode"/> would throw for such values only when they are read.
    /// </summary>
    public static JsonNode? Parse(string? text)
    {
        if (text is null)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(text, Strict);
            return IsSound(document.RootElement) ? JsonNode.Parse(text) : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Returns a member that is a string, or null if it is missing or something else.</summary>
    public static string? Text(JsonObject config, string member) =>
        config[member]?.GetValueKind() == JsonValueKind.String ? config[member]!.GetValue<string>() : null;

    /// <summary>Returns a member that is a number, or null if it is missing or something else.</summary>
    public static double? Number(JsonObject? config, string member) =>
        config?[member]?.GetValueKind() == JsonValueKind.Number ? config[member]!.GetValue<double>() : null;

    /// <summary>Returns three numbers, or a single number three times. Returns null for anything else.</summary>
    public static double[]? Numbers(JsonNode? node) =>
        node is JsonArray { Count: 1 or 3 } list
        && list.All(item => item?.GetValueKind() == JsonValueKind.Number)
            ? [.. Enumerable.Range(0, 3).Select(i => list[Math.Min(i, list.Count - 1)]!.GetValue<double>())]
            : null;

    private static bool IsSound(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().All(each => each.Name is not null && IsSound(each.Value)),
        JsonValueKind.Array => element.EnumerateArray().All(IsSound),
        JsonValueKind.String => element.GetString() is not null,
        JsonValueKind.Number => element.TryGetDouble(out var number) && double.IsFinite(number),
        _ => true,
    };
}
