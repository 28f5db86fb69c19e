namespace ServerlessMme.Core.Names;

/// <summary>How an archive's bytes are laid out.</summary>
public enum ArchiveFormat
{
    Zip,
    Tar,
    TarGzip,
}

/// <summary>Tells archives from images by their names, and names their answers.</summary>
public static class ArchiveName
{
    /// <summary>What the lines' blob is called after the archive's name.</summary>
    public const string LinesSuffix = ".jsonl";

    /// <summary>What the summary's blob is called after the archive's name.</summary>
    public const string SummarySuffix = ".summary.json";

    private static readonly (string Suffix, ArchiveFormat Format)[] Formats =
    [
        (".zip", ArchiveFormat.Zip), (".tar", ArchiveFormat.Tar),
        (".tar.gz", ArchiveFormat.TarGzip), (".tgz", ArchiveFormat.TarGzip),
    ];

    /// <summary>The format that a drop's name promises, whatever its bytes are; null for an image's name.</summary>
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

    /// <summary>True for a drop that is read as an archive.</summary>
    public static bool IsArchive(string name) => FormatOf(name) is not null;
}
