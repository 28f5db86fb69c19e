using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ServerlessMme.Core.Models.Import;

/// <summary>Finds the names of a model's classes in the file and its companions.</summary>
public static partial class LabelSources
{
    internal static readonly string[] TextFiles =
    [
        "labels.txt", "label.txt", "class_names.txt", "classes.txt", "class_labels.txt", "imagenet_classes.txt",
        "imagenet-classes.txt", "synset.txt", "synset_words.txt", "names.txt", "obj.names",
    ];

    internal static readonly string[] JsonFiles =
        ["labels_map.txt", "labels.json", "class_names.json", "classes.json", "class_indices.json", "id2label.json"];

    /// <summary>Returns the labels in the order of the scores, and their source, or null if none are found.</summary>
    internal static (IReadOnlyList<string> Labels, string Because)? Find(ModelFacts facts, Companions files)
    {
        if (facts.ZipMapLabels.Count > 0)
        {
            return (facts.ZipMapLabels, "the class labels of the file's ZipMap");
        }

        var config = files.Json("config.json");
        if (OfMap(config?["id2label"]) is { } id2Label)
        {
            return (id2Label, "id2label in config.json");
        }

        foreach (var member in (string[])["label_names", "labels"])
        {
            var nested = (config?["pretrained_cfg"] as JsonObject)?[member];
            if ((OfList(config?[member]) ?? OfMap(config?[member]) ?? OfList(nested) ?? OfMap(nested)) is { } names)
            {
                return (names, $"{member} in config.json");
            }
        }

        foreach (var file in JsonFiles)
        {
            if (UntrustedJson.Parse(files.Text(file)) is { } node && (OfMap(node) ?? OfList(node)) is { } labels)
            {
                return (labels, file);
            }
        }

        foreach (var file in TextFiles)
        {
            if (files.Lines(file) is { Count: > 0 } lines)
            {
                return (OfLines(lines), file);
            }
        }

        foreach (var key in (string[])["names", "labels", "classes", "class_names", "id2label"])
        {
            if (facts.Metadata.TryGetValue(key, out var text) && OfText(text) is { } labels)
            {
                return (labels, $"the file's metadata '{key}'");
            }
        }

        return null;
    }

    /// <summary>
    /// Reads plain lines; <c>0 name</c>, as Teachable Machine writes them; or <c>n01440764 tench, Tinca tinca</c>, from
    /// which only the first name is used.
    /// </summary>
    public static IReadOnlyList<string> OfLines(IReadOnlyList<string> lines)
    {
        if (lines.Select((line, i) => line.StartsWith($"{i} ", StringComparison.Ordinal)).All(each => each))
        {
            return [.. lines.Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..].Trim())];
        }

        return lines.All(line => Synset().IsMatch(line)) ? OfSynsets(lines) : lines;
    }

    /// <summary>Returns the first label that occurs twice, or null.</summary>
    public static string? FindDouble(IReadOnlyList<string> labels) =>
        labels.GroupBy(label => label, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1)?.Key;

    /// <summary>ImageNet has two cranes and two maillots, so their WordNet numbers are appended.</summary>
    private static IReadOnlyList<string> OfSynsets(IReadOnlyList<string> lines)
    {
        var names = lines.Select(line => line[10..].Split(',')[0].Trim()).ToList();
        var doubles = names.CountBy(name => name).Where(pair => pair.Value > 1).Select(pair => pair.Key).ToHashSet();
        return [.. names.Select((name, i) => doubles.Contains(name) ? $"{name} ({lines[i][..9]})" : name)];
    }

    /// <summary>Reads a list, or a dictionary by index, in JSON or Python.</summary>
    private static IReadOnlyList<string>? OfText(string text)
    {
        var node = UntrustedJson.Parse(text) ?? UntrustedJson.Parse(PythonKey().Replace(text, "\"$1\":").Replace('\'', '"'));
        return OfMap(node) ?? OfList(node)
            ?? (text.Contains(',', StringComparison.Ordinal) && !text.Contains('{', StringComparison.Ordinal)
                ? [.. text.Split(',').Select(label => label.Trim())]
                : null);
    }

    private static IReadOnlyList<string>? OfList(JsonNode? node) =>
        node is JsonArray { Count: > 0 } list && list.All(IsText)
            ? [.. list.Select(item => item!.GetValue<string>())]
            : null;

    /// <summary>Reads names by index, or indices by name.</summary>
    private static IReadOnlyList<string>? OfMap(JsonNode? node)
    {
        if (node is not JsonObject { Count: > 0 } map)
        {
            return null;
        }

        var labels = new string?[map.Count];
        foreach (var (key, value) in map)
        {
            var (index, label) = IsText(value)
                ? (Index(key), value!.GetValue<string>())
                : (Index(value?.ToJsonString()), key);
            if (index < 0 || index >= labels.Length || labels[index] is not null)
            {
                return null;
            }

            labels[index] = label;
        }

        return [.. labels.OfType<string>()];
    }

    private static int Index(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : -1;

    private static bool IsText(JsonNode? node) => node?.GetValueKind() == JsonValueKind.String;

    [GeneratedRegex(@"^n\d{8} ")]
    private static partial Regex Synset();

    [GeneratedRegex(@"(?<=[{,]\s*)(\d+)\s*:")]
    private static partial Regex PythonKey();
}
