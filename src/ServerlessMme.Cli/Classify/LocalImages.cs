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

    /// <summary>The images, each once. Those of a folder are ordered by name.</summary>
    /// <param name="missing">The first path that is neither a file nor a folder.</param>
    public static IReadOnlyList<LocalImage> Find(IEnumerable<string> paths, out string? missing)
    {
        var found = new List<LocalImage>();
        missing = null;
        foreach (var path in paths.Select(Path.GetFullPath))
        {
            if (File.Exists(path))
            {
                found.Add(new LocalImage(path, Path.GetFileName(path)));
            }
            else if (Directory.Exists(path))
            {
                found.AddRange(InFolder(path));
            }
            else
            {
                missing ??= path;
            }
        }

        return [.. found.DistinctBy(image => image.Path)];
    }

    private static IEnumerable<LocalImage> InFolder(string folder) =>
        Directory.EnumerateFiles(folder, "*", Walk)
            .Where(file => Extensions.Contains(Path.GetExtension(file)))
            .Select(file => new LocalImage(file, Path.GetRelativePath(folder, file).Replace('\\', '/')))
            .OrderBy(image => image.Name, StringComparer.Ordinal);
}
