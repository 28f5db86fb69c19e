using System.Text.Json;
using System.Text.Json.Nodes;

namespace ServerlessMme.Core.Models.Import;

/// <summary>Parses JSON that anybody may have written.</summary>
internal static class UntrustedJson
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    /// <summary>
    /// The JSON; null when it is malformed, or has a name or text that is no Unicode or a number that no double can
    /// hold. A <see cref="JsonNode"/> would throw for those only when it is read.
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

    private static bool IsSound(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().All(each => each.Name is not null && IsSound(each.Value)),
        JsonValueKind.Array => element.EnumerateArray().All(IsSound),
        JsonValueKind.String => element.GetString() is not null,
        JsonValueKind.Number => element.TryGetDouble(out var number) && double.IsFinite(number),
        _ => true,
    };
}
