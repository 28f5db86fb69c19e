using System.Text.Json;

namespace ServerlessMme.Serving.Tests.Support;

/// <summary>Reads server-sent events.</summary>
internal static class Events
{
    /// <summary>The data of the last event, which must have this name.</summary>
    public static JsonElement Last(string text, string name)
    {
        var last = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[^1].Split('\n');
        Assert.Equal($"event: {name}", last[0]);
        return JsonDocument.Parse(string.Concat(last.Skip(1).Select(line => line["data: ".Length..]))).RootElement;
    }
}
