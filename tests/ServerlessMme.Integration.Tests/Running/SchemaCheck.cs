using System.Text.Json;
using NJsonSchema;

namespace ServerlessMme.Integration.Tests.Running;

/// <summary>Checks what came out against the documented schemas.</summary>
internal static class SchemaCheck
{
    public static Task AssertLabelAsync(string json) => AssertAsync("label", json);

    /// <param name="name">The schema's name, as <c>job</c>.</param>
    public static async Task AssertAsync(string name, string json)
    {
        var schema = await JsonSchema.FromFileAsync(Repository.File("docs", "schemas", $"{name}.schema.json"));
        Assert.Empty(schema.Validate(json));
    }

    /// <summary>The error code of a label; null when it is an answer.</summary>
    public static string? CodeOf(JsonElement label) =>
        label.TryGetProperty("error", out var error) ? error.GetProperty("code").GetString() : null;
}
