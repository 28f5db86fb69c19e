using System.Text;
using System.Text.Json.Nodes;

namespace ServerlessMme.Core.Models.Import;

/// <summary>The small files next to an ONNX file, by their names in lower case.</summary>
public sealed class Companions
{
    private const int MaxBytes = 1 << 20;
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private static readonly HashSet<string> Known =
    [
        "config.json", "preprocessor_config.json", "cvexport.manifest", .. LabelSources.TextFiles,
        .. LabelSources.JsonFiles,
    ];

    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);
    private readonly List<string> _ignored = [];

    /// <summary>A sentence for every known file that exists but cannot be used.</summary>
    public IReadOnlyList<string> Ignored => _ignored;

    /// <summary>Reads the known files of the folders, up to 1 MiB each.</summary>
    public static async Task<Companions> ReadAsync(
        IReadOnlyList<string> folders, CancellationToken cancellationToken)
    {
        var companions = new Companions();
        foreach (var file in folders.SelectMany(folder => new DirectoryInfo(folder).EnumerateFiles())
            .Where(file => Known.Contains(file.Name.ToLowerInvariant())))
        {
            if (await companions.AddAsync(file, cancellationToken) is { } problem)
            {
                companions._ignored.Add($"{file.Name} is ignored: {problem}.");
            }
        }

        return companions;
    }

    /// <summary>Reads a file. Returns the reason if it cannot be used, because companions are optional.</summary>
    private async Task<string?> AddAsync(FileInfo file, CancellationToken cancellationToken)
    {
        if (file.LinkTarget is not null)
        {
            return "it is a link. Copy the folder with 'cp -rL' to include the file itself";
        }

        // Pipes and devices have no length, and reading from one may never end.
        if (file.Length is 0 or > MaxBytes)
        {
            return file.Length == 0 ? "it is empty" : $"it is larger than {MaxBytes >> 20} MiB";
        }

        try
        {
            var text = await File.ReadAllTextAsync(file.FullName, Strict, cancellationToken);
            var isJson = file.Extension.Equals(".json", StringComparison.OrdinalIgnoreCase)
                || LabelSources.JsonFiles.Contains(file.Name.ToLowerInvariant());
            if (isJson && UntrustedJson.Parse(text) is null)
            {
                return "it is not valid JSON";
            }

            _texts.TryAdd(file.Name.ToLowerInvariant(), text);
            return null;
        }
        catch (DecoderFallbackException)
        {
            return "it is not UTF-8";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "it cannot be read";
        }
    }

    /// <summary>Returns a file's text, or null if there is no such file.</summary>
    public string? Text(string name) => _texts.GetValueOrDefault(name);

    /// <summary>Returns the lines of a file that are not blank, or null if there is no such file.</summary>
    public IReadOnlyList<string>? Lines(string name) => Text(name) is { } text
        ? [.. text.Split('\n').Select(line => line.Trim().TrimStart('\uFEFF')).Where(line => line.Length > 0)]
        : null;

    /// <summary>
    /// Returns a file's JSON object, or null if there is no such file or it contains no valid object.
    /// </summary>
    public JsonObject? Json(string name) => UntrustedJson.Parse(Text(name)) as JsonObject;
}
