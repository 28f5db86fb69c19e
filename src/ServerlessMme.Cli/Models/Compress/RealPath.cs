namespace ServerlessMme.Cli.Models.Compress;

/// <summary>Resolves the symbolic links of a path.</summary>
internal static class RealPath
{
    // As many as Linux follows. A link may point to itself.
    private const int MaxLinks = 40;

    /// <summary>Returns the full path with links replaced by their targets. Its end need not exist.</summary>
    public static string Of(string path)
    {
        var links = 0;
        return Resolve(Path.GetFullPath(path), ref links);
    }

    /// <summary>Returns true if writing a file of this name into a folder would replace the file.</summary>
    /// <param name="file">May be a link, and so may any folder above it.</param>
    /// <param name="folder">Need not exist.</param>
    public static bool IsIn(string file, string folder) => string.Equals(
        Of(file),
        Path.Combine(Of(folder), Path.GetFileName(file)),
        OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase);

    private static string Resolve(string path, ref int links)
    {
        if (Path.GetDirectoryName(path) is not { } parent)
        {
            return path;
        }

        var folder = Resolve(parent, ref links);
        var here = Path.Combine(folder, Path.GetFileName(path));
        return new FileInfo(here).LinkTarget is { } target && links++ < MaxLinks
            ? Resolve(Path.GetFullPath(target, folder), ref links)
            : here;
    }
}
