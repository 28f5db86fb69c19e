using System.Text.Json.Nodes;

namespace ServerlessMme.Cli.Tests.Models.Import;

/// <summary>Compares manifests by what their members mean, not by how they are written.</summary>
internal static class ManifestMembers
{
    private const double Tolerance = 1e-9;
    private static readonly string[] Numbers = ["scale", "mean", "std"];

    /// <summary>What differs in the members that the expected manifest has; empty when nothing does.</summary>
    public static IEnumerable<string> Differences(JsonObject expected, JsonObject actual) =>
        Compare(expected, WithDefaults(actual), "");

    private static IEnumerable<string> Compare(JsonObject expected, JsonObject actual, string path)
    {
        foreach (var (member, value) in expected.Where(pair => !Numbers.Contains(pair.Key)))
        {
            var found = actual[member];
            var differences = value is JsonObject child
                ? Compare(child, found?.AsObject() ?? [], $"{path}{member}.")
                : JsonNode.DeepEquals(value, found) ? [] : [$"{path}{member} is {Text(found)}, not {Text(value)}"];
            foreach (var difference in differences)
            {
                yield return difference;
            }
        }

        // The same numbers can be written in many ways: v / 127.5 − 1 is also (v / 255 − 0.5) / 0.5.
        if (expected.ContainsKey("scale")
            && Linear(expected).Zip(Linear(actual)).Any(pair => Math.Abs(pair.First - pair.Second) > Tolerance))
        {
            yield return $"{path}scale, mean and std make "
                + $"[{string.Join(", ", Linear(actual))}] of 0 and 255, not [{string.Join(", ", Linear(expected))}]";
        }
    }

    /// <summary>What becomes of 0 and of 255 in each channel.</summary>
    private static double[] Linear(JsonObject input) =>
    [
        .. Enumerable.Range(0, 3).SelectMany(channel => new[] { 0, 255 }.Select(value =>
            ((value * (input["scale"]?.GetValue<double>() ?? 1)) - Number(input["mean"], channel, 0))
            / Number(input["std"], channel, 1))),
    ];

    private static double Number(JsonNode? list, int channel, double standard) =>
        list is JsonArray { Count: > 0 } numbers
            ? numbers[Math.Min(channel, numbers.Count - 1)]!.GetValue<double>()
            : standard;

    /// <summary>The defaults and presets of docs/contracts.md written out.</summary>
    private static JsonObject WithDefaults(JsonObject manifest)
    {
        var whole = Parse("""
            {"input":{"layout":"NCHW","channels":"RGB","type":"float32","resize":{"mode":"stretch","filter":"bilinear",
            "offset":"round"}},"output":{"activation":"none","task":"single"}}
            """);
        Merge(whole["input"]!.AsObject(), Parse(manifest["input"]?["preset"]?.GetValue<string>() switch
        {
            "unit" => """{"scale":0.00392156862745098}""",
            "torchvision-imagenet" => """
                {"scale":0.00392156862745098,"mean":[0.485,0.456,0.406],"std":[0.229,0.224,0.225],
                "resize":{"mode":"shorter-side","side":256}}
                """,
            "keras-vgg16" => """
                {"channels":"BGR","layout":"NHWC","mean":[103.939,116.779,123.68],"resize":{"filter":"nearest"}}
                """,
            _ => "{}",
        }));
        Merge(whole, manifest);
        return whole;
    }

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();

    private static void Merge(JsonObject target, JsonObject source)
    {
        foreach (var (member, value) in source)
        {
            if (value is JsonObject child && target[member] is JsonObject existing)
            {
                Merge(existing, child);
            }
            else
            {
                target[member] = value?.DeepClone();
            }
        }
    }

    private static string Text(JsonNode? node) => node?.ToJsonString() ?? "missing";
}
