using System.Globalization;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Jobs;

/// <summary>A folder's files that were skipped because of their extension.</summary>
/// <param name="Count">Number of files.</param>
/// <param name="ByExtension">
/// Number of files by lowercase extension; <c>(none)</c> for names without one, and <c>(other)</c> for the rarest if
/// there are very many.
/// </param>
public sealed record SkippedFiles(int Count, IReadOnlyDictionary<string, int> ByExtension)
{
    private const int MaxExtensions = 20;
    private const int MaxLength = 20;

    // Operating systems create these next to people's own files.
    private static readonly HashSet<string> Companions = new(StringComparer.OrdinalIgnoreCase)
    {
        "Thumbs.db", "ehthumbs.db", "desktop.ini", "__MACOSX",
    };

    /// <summary>Counts files. Hidden files and files that the operating system creates don't count.</summary>
    /// <param name="names">Paths relative to the folder, with forward slashes.</param>
    /// <returns>Null if no file counts.</returns>
    public static SkippedFiles? Of(IEnumerable<string> names)
    {
        var counting = names.Where(name => !name.Split('/').Any(IsCompanion)).ToList();
        if (counting.Count == 0)
        {
            return null;
        }

        var groups = counting.GroupBy(Extension)
            .Select(group => (Extension: group.Key, Count: group.Count()))
            .OrderByDescending(group => group.Count).ThenBy(group => group.Extension, StringComparer.Ordinal).ToList();
        var counts = groups.Take(MaxExtensions).ToDictionary(group => group.Extension, group => group.Count);
        if (groups.Count > MaxExtensions)
        {
            counts["(other)"] = groups.Skip(MaxExtensions).Sum(group => group.Count);
        }

        return new SkippedFiles(groups.Sum(group => group.Count), counts);
    }

    /// <summary>Returns the numbers of files by extension: <c>1 .heic, 1 .tiff</c>.</summary>
    public override string ToString() => string.Join(
        ", ", ByExtension.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Value} {pair.Key}")));

    private static bool IsCompanion(string part) => part.StartsWith('.') || Companions.Contains(part);

    private static string Extension(string name)
    {
        var extension = Path.GetExtension(name).ToLowerInvariant();
        return extension.Length == 0 ? "(none)" : Printable.Text(extension, MaxLength);
    }
}
