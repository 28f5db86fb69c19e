using NJsonSchema;

namespace ServerlessMme.Testing.Files;

/// <summary>Checks real output against the JSON Schemas in docs/schemas.</summary>
public static class SchemaCheck
{
    /// <param name="name">The schema's name, such as <c>job</c>.</param>
    public static Task<JsonSchema> LoadAsync(string name) =>
        JsonSchema.FromFileAsync(Repository.PathOf("docs", "schemas", $"{name}.schema.json"));

    /// <summary>The violations of a schema; empty for valid JSON.</summary>
    public static async Task<string> ProblemsAsync(string name, string json)
    {
        var schema = await LoadAsync(name);
        return string.Join("; ", schema.Validate(json).Select(error => error.ToString()));
    }

    public static async Task AssertAsync(string name, string json) =>
        Assert.Equal("", await ProblemsAsync(name, json));
}
