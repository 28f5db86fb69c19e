using System.Text;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Names;

/// <summary>Rules for the names of images in their containers.</summary>
public static class ImageName
{
    /// <summary>A blob's name has at most 1,024 characters, and a label's name is 5 longer than its image's.</summary>
    public const int MaxLength = MaxBlobLength - 5;

    private const int MaxBlobLength = 1024;

    // The label of "photos.zip.summary" would have the same name as the summary of "photos.zip".
    private const string SummaryEnd = ".summary";

    /// <summary>
    /// Refuses names that URL normalization would turn into another blob or container, names that listings can't show,
    /// and names that are too long for their label. Returns null for valid names.
    /// </summary>
    public static Refusal? Check(string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            return Refuse(name, "is empty");
        }

        var label = LabelName.Of(name);
        if (label.Length > MaxBlobLength)
        {
            var most = MaxBlobLength - label.Length + name.Length;
            return Refuse(
                name,
                $"has {name.Length} characters; the limit is {most}, because the label's name is longer and has at "
                + $"most {MaxBlobLength}");
        }

        if (name.EndsWith(SummaryEnd, StringComparison.OrdinalIgnoreCase)
            && ArchiveName.IsArchive(name[..^SummaryEnd.Length]))
        {
            return Refuse(name, "would give the image's label the name of an archive's summary");
        }

        foreach (var rune in name.EnumerateRunes())
        {
            if (Rune.IsControl(rune) || rune.Value is 0xFFFD or 0xFFFE or 0xFFFF)
            {
                return Refuse(name, "contains a control character, an unpaired surrogate or a noncharacter");
            }
        }

        if (name.Contains('\\'))
        {
            return Refuse(name, "contains a backslash, which URLs turn into a slash");
        }

        if (name[0] == '/' || name[^1] == '/')
        {
            return Refuse(name, "begins or ends with a slash, which storage clients remove");
        }

        foreach (var segment in name.Split('/'))
        {
            if (IsDots(Unescape(segment)))
            {
                return Refuse(name, "has a '.' or '..' between slashes, which URLs remove");
            }

            if (segment.EndsWith('.'))
            {
                return Refuse(name, "has a segment that ends with a dot, which storage may remove");
            }
        }

        return null;
    }

    private static bool IsDots(string segment) => segment is "." or "..";

    // Some servers and proxies decode a name twice, so "%2e%2e" is treated like "..".
    private static string Unescape(string segment)
    {
        for (var i = 0; i < 3 && segment.Contains('%'); i++)
        {
            segment = Uri.UnescapeDataString(segment);
        }

        return segment;
    }

    private static Refusal Refuse(string? name, string why) => new(
        ErrorCode.InvalidImageName,
        $"Image name '{Printable.Text(name)}' {why}. Drop the image under another name.");
}
