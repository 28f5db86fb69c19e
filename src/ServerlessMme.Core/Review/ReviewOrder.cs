using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace ServerlessMme.Core.Review;

/// <summary>The order in which a person reviews answers.</summary>
public enum ReviewOrder
{
    /// <summary>Unsure answers first, then the rest, each by score.</summary>
    Unsure,

    /// <summary>Lowest scores first.</summary>
    Least,

    /// <summary>A random sample, independent of the answers. Its order lasts as long as the process.</summary>
    Random,
}

/// <summary>An answer's position in the order.</summary>
public readonly record struct ReviewPlace(double Rank, string Image)
{
    private const int MaxLength = 16_384;

    /// <summary>Sorts the last position first.</summary>
    internal static readonly Comparer<ReviewPlace> Backwards = Comparer<ReviewPlace>.Create((a, b) =>
        b.Rank.CompareTo(a.Rank) is not 0 and var ranks ? ranks : string.CompareOrdinal(b.Image, a.Image));

    // Higher than any score that is a probability.
    private const double Second = 2;

    public static ReviewPlace Of(StoredAnswer answer, ReviewOrder order)
    {
        // Answers without a score come last.
        var score = answer.Score ?? 1;
        var rank = order switch
        {
            ReviewOrder.Unsure => answer.IsUnsure ? score : Second + score,
            ReviewOrder.Least => score,
            _ => string.GetHashCode(answer.Image, StringComparison.Ordinal),
        };
        return new ReviewPlace(rank, answer.Image);
    }

    /// <summary>Parses the result of <see cref="ToString"/>; null for any other text.</summary>
    public static ReviewPlace? Parse(string? text)
    {
        if (text is null || text.Length > MaxLength || !Base64Url.IsValid(text))
        {
            return null;
        }

        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split(':', 2);
        return parts.Length == 2
            && double.TryParse(parts[0], NumberStyles.Float, CultureInfo.InvariantCulture, out var rank)
                ? new ReviewPlace(rank, parts[1])
                : null;
    }

    /// <summary>Returns true if this position follows the other.</summary>
    public bool IsAfter(ReviewPlace other) => Backwards.Compare(this, other) < 0;

    /// <summary>Returns the position as text that is safe in a query string.</summary>
    public override string ToString() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"{Rank:R}:{Image}")));
}
