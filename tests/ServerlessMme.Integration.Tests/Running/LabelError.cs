using System.Text.Json;

namespace ServerlessMme.Integration.Tests.Running;

internal static class LabelError
{
    /// <summary>The error code of a label; null for a label with an answer.</summary>
    public static string? CodeOf(JsonElement label) =>
        label.TryGetProperty("error", out var error) ? error.GetProperty("code").GetString() : null;
}
