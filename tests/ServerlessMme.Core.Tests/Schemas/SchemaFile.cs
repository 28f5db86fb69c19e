using NJsonSchema;

namespace ServerlessMme.Core.Tests.Schemas;

/// <summary>The JSON Schemas under docs/schemas, which real output is checked against.</summary>
internal static class SchemaFile
{
    public static string RepositoryRoot { get; } = FindRoot();

    public static async Task<JsonSchema> LoadAsync(string name) =>
        await JsonSchema.FromFileAsync(Path.Combine(RepositoryRoot, "docs", "schemas", $"{name}.schema.json"));

    /// <summary>What the schema finds wrong; empty when the JSON obeys it.</summary>
    public static async Task<string> ProblemsAsync(string name, string json)
    {
        var schema = await LoadAsync(name);
        return string.Join("; ", schema.Validate(json).Select(error => error.ToString()));
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "ServerlessMme.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }
}
