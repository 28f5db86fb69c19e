using System.Text;
using System.Text.Json.Nodes;

namespace ServerlessMme.Core.Models.Import;

/// <summary>The small files beside an ONNX file, by their names in lower case.</summary>
public sealed class Companions
{
    private const int MaxBytes = 1 << 20;

    private static readonly HashSet<string> Known =
    [
        "config.json", "preprocessor_config.json", "cvexport.manifest", .. LabelSources.TextFiles,
        .. LabelSources.JsonFiles,
    ];

    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);

    /// <summary>Reads the known files of the folders, up to 1 MiB each.</summary>
    public static async Task<Companions> ReadAsync(
        IReadOnlyList<string> folders, CancellationToken cancellationToken)
    {
        var companions = new Companions();
        foreach (var file in folders.SelectMany(folder => new DirectoryInfo(folder).EnumerateFiles())
            .Where(file => Known.Contains(file.Name.ToLowerInvariant()) && file.LinkTarget is null))
        {
            try
            {
                if (file.Length <= MaxBytes)
                {
                    companions._texts.TryAdd(
                        file.Name.ToLowerInvariant(),
                        await File.ReadAllTextAsync(file.FullName, Encoding.UTF8, cancellationToken));
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // A companion helps, and a model can do without.
            }
        }

        return companions;
    }

    /// <summary>A file's text; null when there is no such file.</summary>
    public string? Text(string name) => _texts.GetValueOrDefault(name);

    /// <summary>The lines of a file that are not blank; null when there is no such file.</summary>
    public IReadOnlyList<string>? Lines(string name) => Text(name) is { } text
        ? [.. text.Split('\n').Select(line => line.Trim().TrimStart('\uFEFF')).Where(line => line.Length > 0)]
        : null;

    /// <summary>A file's JSON object; null when there is no such file or it has no sound object.</summary>
    public JsonObject? Json(string name) => UntrustedJson.Parse(Text(name)) as JsonObject;
}
