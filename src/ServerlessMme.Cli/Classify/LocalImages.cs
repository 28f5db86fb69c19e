using System.Text.Json;
using System.Text.Json.Serialization;
using ServerlessMme.Core.Jobs;

namespace ServerlessMme.Cli.Classify;

/// <summary>Finds the images that the user's paths name.</summary>
internal static class LocalImages
{
    /// <summary>Extensions of the images in a folder. A file that is named directly may have any extension.</summary>
    public static readonly IReadOnlySet<string> Extensions = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
    {
        ".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp",
    };

    // Links are skipped, because a link to a parent folder would make the walk endless.
    private static readonly EnumerationOptions Walk = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.System,
    };

    /// <summary>Returns the images without duplicates. Those in a folder are ordered by name.</summary>
    public static LocalFiles Find(IEnumerable<string> paths)
    {
        var found = new List<LocalImage>();
        var others = new List<LocalImage>();
        string? missing = null;
        foreach (var path in paths.Select(Path.GetFullPath))
        {
            if (File.Exists(path))
            {
                found.Add(new LocalImage(path, Path.GetFileName(path)));
            }
            else if (Directory.Exists(path))
            {
                var files = InFolder(path).ToLookup(file => Extensions.Contains(Path.GetExtension(file.Name)));
                found.AddRange(files[true]);
                others.AddRange(files[false]);
            }
            else
            {
                missing ??= path;
            }
        }

        var images = found.DistinctBy(image => image.Path).ToList();
        // A file that is named directly is included, even if its folder is named too.
        var left = others.DistinctBy(file => file.Path).ExceptBy(images.Select(image => image.Path), file => file.Path);
        return new LocalFiles(images, SkippedFiles.Of(left.Select(file => file.Name)), missing);
    }

    private static IEnumerable<LocalImage> InFolder(string folder) =>
        Directory.EnumerateFiles(folder, "*", Walk)
            .Select(file => new LocalImage(file, Path.GetRelativePath(folder, file).Replace('\\', '/')))
            .OrderBy(image => image.Name, StringComparer.Ordinal);
}

/// <summary>The files that the user's paths name.</summary>
/// <param name="Images">The images.</param>
/// <param name="Skipped">The folders' other files; null if there are none.</param>
/// <param name="Missing">The first path that is neither a file nor a folder; null if all exist.</param>
internal sealed record LocalFiles(IReadOnlyList<LocalImage> Images, SkippedFiles? Skipped, string? Missing)
{
    /// <summary>A sentence that names the skipped files; null if there are none.</summary>
    public string? SkippedText => Skipped is null
        ? null
        : $"{Skipped.Count} of {Images.Count + Skipped.Count} files skipped: {Skipped}. Convert images in other "
            + "formats to JPEG or PNG first.";

    /// <summary>What mme searches folders for, and the files that it skipped; for folders without images.</summary>
    public string SearchText =>
        $"mme searches for files with the extensions {string.Join(", ", LocalImages.Extensions)}."
        + (SkippedText is { } skipped ? $" {skipped}" : "");

    /// <summary>The skipped files as one line of JSON; null if there are none.</summary>
    public string? SkippedJson => Skipped is null
        ? null
        : JsonSerializer.Serialize(new SkippedAnswer(Skipped), SkippedAnswerJson.Default.SkippedAnswer);
}

internal sealed record SkippedAnswer(SkippedFiles Skipped);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SkippedAnswer))]
internal sealed partial class SkippedAnswerJson : JsonSerializerContext;
