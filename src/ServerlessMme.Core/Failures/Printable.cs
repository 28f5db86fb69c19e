using System.Globalization;
using System.Text;

namespace ServerlessMme.Core.Failures;

/// <summary>Makes untrusted text safe for one line of a log or message.</summary>
public static class Printable
{
    /// <summary>
    /// Returns the text, cut after <paramref name="maxLength"/> characters, with control characters escaped as in
    /// <c>\u001b</c>.
    /// </summary>
    public static string Text(string? text, int maxLength = 120)
    {
        if (text is null)
        {
            return "";
        }

        var printable = new StringBuilder(Math.Min(text.Length, maxLength) + 8);
        foreach (var rune in text.AsSpan(0, Math.Min(text.Length, maxLength)).EnumerateRunes())
        {
            if (Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            {
                printable.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}");
            }
            else
            {
                printable.Append(rune.ToString());
            }
        }

        return text.Length > maxLength ? printable.Append('…').ToString() : printable.ToString();
    }
}
