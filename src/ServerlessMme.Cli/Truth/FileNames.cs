using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ServerlessMme.Cli.Truth;

/// <summary>
/// Makes names for the files of one folder from names in storage. They are legal on Linux, macOS and Windows, stay in
/// the folder, and are unique regardless of case. The same names in the same order result in the same file names.
/// </summary>
internal sealed class FileNames
{
    // File systems allow 255 bytes.
    private const int MaxBytes = 180;
    private const int MaxExtension = 8;

    private static readonly SearchValues<char> Illegal = SearchValues.Create("<>:\"\\|?*");
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$",
    };

    private readonly HashSet<string> _taken = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Returns a file name that isn't taken yet.</summary>
    public string Add(string name)
    {
        var (stem, extension, isCut) = Safe(name);
        if (!isCut && Take(stem + extension))
        {
            return stem + extension;
        }

        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..8];
        for (var tries = 1; ; tries++)
        {
            var safe = $"{stem}-{digest}{(tries == 1 ? "" : $"-{tries}")}{extension}";
            if (Take(safe))
            {
                return safe;
            }
        }
    }

    // On macOS, the composed and the decomposed form of a letter are the same name.
    private bool Take(string safe) => _taken.Add(safe.Normalize(NormalizationForm.FormC));

    private static (string Stem, string Extension, bool IsCut) Safe(string name)
    {
        var text = new StringBuilder();
        foreach (var rune in name.EnumerateRunes())
        {
            text.Append(rune.Value == '/' ? "__" : IsLegal(rune) ? rune.ToString() : "_");
        }

        var whole = text.ToString().Trim(' ').TrimEnd('.', ' ');
        var extension = Path.GetExtension(whole);
        if (extension.Length is < 2 or > MaxExtension || !extension[1..].All(char.IsAsciiLetterOrDigit))
        {
            extension = "";
        }

        var stem = Cut(whole[..^extension.Length]);
        var isCut = stem.Length + extension.Length < whole.Length;
        var isSpecial = stem.Length == 0 || stem[0] == '.' || IsReserved(stem);
        return (isSpecial ? "_" + stem : stem, extension, isCut);
    }

    private static bool IsLegal(Rune rune) =>
        !(rune.IsBmp && Illegal.Contains((char)rune.Value))
        && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned);

    private static string Cut(string stem)
    {
        var (bytes, length) = (0, 0);
        foreach (var rune in stem.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > MaxBytes)
            {
                return stem[..length].TrimEnd('.', ' ');
            }

            length += rune.Utf16SequenceLength;
        }

        return stem;
    }

    private static bool IsReserved(string stem)
    {
        var first = stem.Split('.')[0].TrimEnd(' ');
        return Reserved.Contains(first)
            || (first.Length == 4
                && (first.StartsWith("COM", StringComparison.OrdinalIgnoreCase)
                    || first.StartsWith("LPT", StringComparison.OrdinalIgnoreCase))
                && "0123456789¹²³".Contains(first[3], StringComparison.Ordinal));
    }
}
