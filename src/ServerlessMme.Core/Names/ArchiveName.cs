namespace ServerlessMme.Core.Names;

/// <summary>An archive's file format.</summary>
public enum ArchiveFormat
{
    Zip,
    Tar,
    TarGzip,
}

/// <summary>Recognizes archives by their names, and names their answers.</summary>
public static class ArchiveName
{
    /// <summary>Appended to the archive's name for the blob with its lines.</summary>
    public const string LinesSuffix = ".jsonl";

    /// <summary>Appended to the archive's name for the blob with its summary.</summary>
    public const string SummarySuffix = ".summary.json";

    private static readonly (string Suffix, ArchiveFormat Format)[] Formats =
    [
        (".zip", ArchiveFormat.Zip), (".tar", ArchiveFormat.Tar),
        (".tar.gz", ArchiveFormat.TarGzip), (".tgz", ArchiveFormat.TarGzip),
    ];

    /// <summary>
    /// Returns the format that a drop's name indicates, regardless of its bytes; null for an image's name.
    /// </summary>
    public static ArchiveFormat? FormatOf(string name)
    {
        foreach (var (suffix, format) in Formats)
        {
            if (name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            {
                return format;
            }
        }

        return null;
    }

    /// <summary>
    /// Returns the archive's name from an entry's, <c>{archive}/{entry}</c>; null for any other image.
    /// </summary>
    public static string? OfEntry(string image)
    {
        for (var slash = image.IndexOf('/'); slash >= 0; slash = image.IndexOf('/', slash + 1))
        {
            if (IsArchive(image[..slash]))
            {
                return image[..slash];
            }
        }

        return null;
    }

    /// <summary>Returns true if a drop is read as an archive.</summary>
    public static bool IsArchive(string name) => FormatOf(name) is not null;
}
