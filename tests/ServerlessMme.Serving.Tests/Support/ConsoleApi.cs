using System.Text.Json;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Serving.Tests.Support;

/// <summary>What docs/schemas/console.openapi.json says.</summary>
internal static class ConsoleApi
{
    public static JsonElement Document { get; } = JsonDocument.Parse(
        Repository.Read("docs", "schemas", "console.openapi.json")).RootElement;

    /// <summary>Every method and path, as in <c>GET /console/api/models/{name}</c>.</summary>
    public static IReadOnlyList<(string Method, string Path)> Operations { get; } =
    [
        .. Document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()
            .Where(operation => operation.Name != "parameters")
            .Select(operation => (operation.Name.ToUpperInvariant(), path.Name))),
    ];
}
