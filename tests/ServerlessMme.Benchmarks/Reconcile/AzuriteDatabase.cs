using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ServerlessMme.Benchmarks.Reconcile;

/// <summary>The files in which Azurite keeps what it knows of blobs, while it does not run.</summary>
internal sealed partial class AzuriteDatabase(string folder)
{
    private readonly string _blobs = Path.Combine(folder, "__azurite_db_blob__.json");
    private readonly string _extents = Path.Combine(folder, "__azurite_db_blob_extent__.json");

    /// <summary>Waits until a blob and all blobs before it are on disk, which takes Azurite seconds.</summary>
    public async Task WaitForAsync(string name)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (!await HasAsync(name))
        {
            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>Adds copies of blobs under other names. They share the content of the blob that they copy.</summary>
    /// <param name="copies">For each beginning of blobs' names, what stands for it in the names of the copies.</param>
    public void Grow(IReadOnlyDictionary<string, IReadOnlyList<string>> copies)
    {
        const string Place = "the copies";
        var root = JsonNode.Parse(File.ReadAllText(_blobs))!;
        var blobs = root["collections"]!.AsArray().Single(each => each!["name"]!.GetValue<string>() == "$BLOBS_COLLECTION$")!;
        var rows = blobs["data"]!.AsArray().Select(blob => blob!.AsObject())
            .SelectMany(template => RowsOf(template, copies)).ToList();
        foreach (var (property, index) in blobs["binaryIndices"]!.AsObject())
        {
            // The places of the blobs, in the order of one of their properties.
            var values = rows.ConvertAll(row => row.Named(row.Template[property]!.GetValue<string>()));
            var order = Enumerable.Range(0, rows.Count).OrderBy(place => values[place], StringComparer.Ordinal);
            index!["values"] = new JsonArray([.. order.Select(place => JsonValue.Create(place))]);
        }

        blobs["maxId"] = rows.Count;
        blobs["data"] = new JsonArray(Place);
        var around = root.ToJsonString().Split($"\"{Place}\"");
        using var writer = new StreamWriter(_blobs);
        writer.Write(around[0]);
        for (var i = 0; i < rows.Count; i++)
        {
            writer.Write($"{(i == 0 ? "" : ",")}{rows[i].Named(rows[i].Text)[..^1]},\"$loki\":{i + 1}}}");
        }

        writer.Write(around[1]);
    }

    private static IEnumerable<Row> RowsOf(
        JsonObject template, IReadOnlyDictionary<string, IReadOnlyList<string>> copies)
    {
        template.Remove("$loki");
        var (text, name) = (template.ToJsonString(), template["name"]!.GetValue<string>());
        var first = copies.Keys.FirstOrDefault(each => name.StartsWith(each, StringComparison.Ordinal));
        IEnumerable<string> others = first is null ? [] : copies[first];
        return others.Select(other => new Row(template, text, first!, other)).Prepend(new Row(template, text, "", ""));
    }

    private async Task<bool> HasAsync(string name)
    {
        if (!File.Exists(_blobs) || !File.Exists(_extents))
        {
            return false;
        }

        var blobs = await File.ReadAllTextAsync(_blobs);
        var extents = await File.ReadAllTextAsync(_extents);
        return blobs.Contains(name, StringComparison.Ordinal)
            && Extent().Matches(blobs).All(match => extents.Contains(match.Groups[1].Value, StringComparison.Ordinal));
    }

    [GeneratedRegex("\"persistency\":{\"id\":\"([^\"]+)\"")]
    private static partial Regex Extent();

    /// <summary>A blob that is there, or its copy.</summary>
    private readonly record struct Row(JsonObject Template, string Text, string From, string To)
    {
        public string Named(string text) => From.Length == 0 ? text : text.Replace(From, To, StringComparison.Ordinal);
    }
}
