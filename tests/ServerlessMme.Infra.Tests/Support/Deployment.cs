using System.Text.Json;

namespace ServerlessMme.Infra.Tests.Support;

/// <summary>The resources of a deployment.</summary>
internal sealed class Deployment(JsonElement resources)
{
    public string Text { get; } = resources.GetRawText();

    public IReadOnlyList<JsonElement> All(string type) =>
        [.. resources.EnumerateArray().Where(resource => resource.Of("type").GetString() == type)];

    public JsonElement One(string type) => Assert.Single(All(type));

    /// <summary>The last parts of the resources' names.</summary>
    public IEnumerable<string> Names(string type) =>
        All(type).Select(resource => resource.Of("name").GetString()!.Split('/')[^1]);
}

internal static class JsonPaths
{
    /// <summary>The value at a path of property names, separated by dots.</summary>
    public static JsonElement Of(this JsonElement element, string path)
    {
        foreach (var part in path.Split('.'))
        {
            Assert.True(
                element.ValueKind == JsonValueKind.Object && element.TryGetProperty(part, out _),
                $"There is no {part} of {path} in {element.GetRawText()}");
            element = element.GetProperty(part);
        }

        return element;
    }

    public static string Text(this JsonElement element, string path) => element.Of(path).GetString()!;

    public static IEnumerable<string> Texts(this JsonElement element, string path) =>
        element.Of(path).EnumerateArray().Select(item => item.GetString()!);
}
