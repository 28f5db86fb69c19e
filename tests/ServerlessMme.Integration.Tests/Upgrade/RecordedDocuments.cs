using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using ServerlessMme.Core.Jobs;

namespace ServerlessMme.Integration.Tests.Upgrade;

/// <summary>Finds the documents in an account's blobs and messages that a schema in docs/schemas describes.</summary>
internal static class RecordedDocuments
{
    /// <summary>The documents of a blob, each with the name of its schema.</summary>
    public static IEnumerable<(string Schema, string Json)> In(string container, string name, byte[] content)
    {
        var text = Encoding.UTF8.GetString(content);
        return container.Split('-')[0] switch
        {
            "models" when name.EndsWith(".tar.gz", StringComparison.Ordinal) => [("manifest", ManifestIn(content))],
            "models" => [(JsonNode.Parse(text)!["group"] is null ? "alias" : "group", text)],
            "labels" when name.EndsWith(".jsonl", StringComparison.Ordinal) =>
                text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => ("label", line)),
            "labels" => [(name.EndsWith(".summary.json", StringComparison.Ordinal) ? "summary" : "label", text)],
            "truth" => [("truth", text)],
            "jobs" when name.StartsWith("poison/", StringComparison.Ordinal) => [("poison", text)],
            "jobs" when JobId.Parse(name[..^".json".Length]) is not null => [("job", text)],
            _ => [],
        };
    }

    /// <summary>A message as JSON.</summary>
    public static string Plain(string message) =>
        message.StartsWith('{') ? message : Encoding.UTF8.GetString(Convert.FromBase64String(message));

    private static string ManifestIn(byte[] artifact)
    {
        using var gzip = new GZipStream(new MemoryStream(artifact), CompressionMode.Decompress);
        using var tar = new TarReader(gzip);
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.Name.TrimStart('.', '/') == "model.json")
            {
                using var reader = new StreamReader(entry.DataStream!);
                return reader.ReadToEnd();
            }
        }

        throw new InvalidDataException("The artifact has no model.json.");
    }
}
