using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace ServerlessMme.Core.Review;

/// <summary>The position where a listing of answers continues.</summary>
/// <param name="Marker">The storage service's continuation token for the page; null for the first.</param>
/// <param name="Name">The label in that page to continue with; null for the page's first.</param>
/// <param name="Line">The line to continue with, from 0, if that label is an archive's.</param>
public readonly record struct AnswerCursor(string? Marker, string? Name = null, int Line = 0)
{
    private const int MaxLength = 16_384;

    /// <summary>Parses the result of <see cref="ToString"/>. Returns false for any other text.</summary>
    public static bool TryParse(string? text, out AnswerCursor cursor)
    {
        cursor = default;
        if (string.IsNullOrEmpty(text))
        {
            return true;
        }

        if (text.Length > MaxLength || !Base64Url.IsValid(text))
        {
            return false;
        }

        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split(':', 3);
        if (parts.Length != 3 || !TryNumber(parts[0], out var line) || !TryNumber(parts[1], out var length)
            || length > parts[2].Length)
        {
            return false;
        }

        var (name, marker) = (parts[2][..length], parts[2][length..]);
        cursor = new AnswerCursor(Text(marker), Text(name), line);
        return true;
    }

    /// <summary>Returns the cursor as text that is safe in a query string.</summary>
    public override string ToString() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"{Line}:{Name?.Length ?? 0}:{Name}{Marker}")));

    private static string? Text(string part) => part.Length > 0 ? part : null;

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
