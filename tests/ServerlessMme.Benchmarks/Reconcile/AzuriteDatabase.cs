using System.Text;
using System.Text.Json.Nodes;

namespace ServerlessMme.Benchmarks.Reconcile;

/// <summary>The file in which Azurite keeps what it knows of blobs, while it does not run.</summary>
internal sealed class AzuriteDatabase(string folder)
{
    private readonly string _path = Path.Combine(folder, "__azurite_db_blob__.json");

    /// <summary>Waits until a blob is written down, which Azurite does now and then.</summary>
    public async Task WaitForAsync(string name)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (!File.Exists(_path) || !(await File.ReadAllTextAsync(_path)).Contains(name, StringComparison.Ordinal))
        {
            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>Adds copies of the blobs whose names begin with one name, under other names.</summary>
    public void Grow(string first, IEnumerable<string> names)
    {
        const string Rest = "the copies";
        var root = JsonNode.Parse(File.ReadAllText(_path))!;
        var blobs = root["collections"]!.AsArray().Single(each => each!["name"]!.GetValue<string>() == "$BLOBS_COLLECTION$")!;
        var templates = blobs["data"]!.AsArray().Select(blob => blob!.AsObject()).ToList();
        foreach (var template in templates)
        {
            template.Remove("$loki");
        }

        var texts = templates.ConvertAll(template => template.ToJsonString());
        var copies = new StringBuilder();
        var all = names.Prepend(first).ToList();
        var number = 0;
        foreach (var name in all)
        {
            foreach (var text in texts)
            {
                var copy = text.Replace(first, name, StringComparison.Ordinal);
                copies.Append(number == 0 ? "" : ",").Append(copy.AsSpan(..^1)).Append($",\"$loki\":{++number}}}");
            }
        }

        foreach (var (property, index) in blobs["binaryIndices"]!.AsObject())
        {
            // The places of the blobs, in the order of one of their properties.
            var values = all.SelectMany(_ => templates, (name, template) =>
                template[property]!.GetValue<string>().Replace(first, name, StringComparison.Ordinal)).ToList();
            var order = Enumerable.Range(0, number).OrderBy(place => values[place], StringComparer.Ordinal);
            index!["values"] = new JsonArray([.. order.Select(place => JsonValue.Create(place))]);
        }

        blobs["maxId"] = number;
        blobs["data"] = new JsonArray(Rest);
        File.WriteAllText(_path, root.ToJsonString().Replace($"\"{Rest}\"", copies.ToString(), StringComparison.Ordinal));
    }
}
