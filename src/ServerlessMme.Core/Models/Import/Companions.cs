using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ServerlessMme.Core.Models.Import;

/// <summary>The small files beside an ONNX file, by their names in lower case.</summary>
public sealed class Companions
{
    private const int MaxBytes = 1 << 20;
    private const int MaxFiles = 200;

    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);

    public IEnumerable<string> Names => _texts.Keys;

    /// <summary>Reads the folders' text files. Larger ones, and those in subfolders, are no companions.</summary>
    public static async Task<Companions> ReadAsync(
        IReadOnlyList<string> folders, CancellationToken cancellationToken)
    {
        var companions = new Companions();
        var files = folders.SelectMany(folder => new DirectoryInfo(folder).EnumerateFiles())
            .Where(file => file.Length <= MaxBytes
                && file.Extension.ToLowerInvariant() is ".json" or ".txt" or ".manifest" or ".csv" or ".names" or "")
            .OrderBy(file => file.Name, StringComparer.Ordinal).Take(MaxFiles);
        foreach (var file in files)
        {
            companions._texts.TryAdd(
                file.Name.ToLowerInvariant(),
                await File.ReadAllTextAsync(file.FullName, Encoding.UTF8, cancellationToken));
        }

        return companions;
    }

    /// <summary>A file's text; null when there is no such file.</summary>
    public string? Text(string name) => _texts.GetValueOrDefault(name);

    /// <summary>The lines of a file that are not blank; null when there is no such file.</summary>
    public IReadOnlyList<string>? Lines(string name) => Text(name) is { } text
        ? [.. text.Split('\n').Select(line => line.Trim().TrimStart('\uFEFF')).Where(line => line.Length > 0)]
        : null;

    /// <summary>A file's JSON object; null when there is no such file or it has no object.</summary>
    public JsonObject? Json(string name)
    {
        try
        {
            return Text(name) is { } text ? JsonNode.Parse(text) as JsonObject : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
