using System.Collections.Concurrent;
using System.Text.Json;
using Json.Schema;

namespace ServerlessMme.Testing.Files;

/// <summary>Checks real output against the JSON Schemas (draft 2020-12) in docs/schemas/v1.</summary>
public static class SchemaCheck
{
    private static readonly EvaluationOptions Options = new()
    {
        OutputFormat = OutputFormat.List,
        // The draft only annotates formats unless this is set, and a wrong date must fail.
        RequireFormatValidation = true,
    };

    // Once per process, because a schema is registered under its ID.
    private static readonly ConcurrentDictionary<string, Lazy<Task<JsonSchema>>> Schemas = new();

    /// <summary>The names of all schemas, sorted.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Directory.GetFiles(Repository.PathOf("docs", "schemas", "v1"), "*.json")
            .Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal),
    ];

    /// <summary>The text of a schema.</summary>
    /// <param name="name">The schema's name, such as <c>job</c>.</param>
    public static Task<string> ReadAsync(string name) =>
        File.ReadAllTextAsync(Repository.PathOf("docs", "schemas", "v1", $"{name}.json"));

    /// <summary>The violations of a schema; empty for valid JSON.</summary>
    /// <param name="name">The schema's name, such as <c>job</c>.</param>
    public static async Task<string> ProblemsAsync(string name, string json)
    {
        var schema = await Schemas.GetOrAdd(name, each => new(() => LoadAsync(each))).Value;
        using var document = JsonDocument.Parse(json);
        var result = schema.Evaluate(document.RootElement, Options);
        return result.IsValid ? "" : Describe(result);
    }

    public static async Task AssertAsync(string name, string json) =>
        Assert.Equal("", await ProblemsAsync(name, json));

    private static async Task<JsonSchema> LoadAsync(string name) => JsonSchema.FromText(await ReadAsync(name));

    private static string Describe(EvaluationResults result)
    {
        var problems = (result.Details ?? []).Where(detail => detail.Errors is not null)
            .SelectMany(detail => detail.Errors!.Values.Select(error => $"{detail.InstanceLocation}: {error}"));
        return string.Join("; ", problems) is { Length: > 0 } text ? text : "It does not match the schema.";
    }
}
