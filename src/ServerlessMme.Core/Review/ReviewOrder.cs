using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace ServerlessMme.Core.Review;

/// <summary>Which answers a person reviews first.</summary>
public enum ReviewOrder
{
    /// <summary>Unsure answers, then the rest, each by score.</summary>
    Unsure,

    /// <summary>The lowest scores.</summary>
    Least,

    /// <summary>A sample in an order that says nothing about the answers. Lasts as long as the process.</summary>
    Random,
}

/// <summary>An answer's place in the order.</summary>
public readonly record struct ReviewPlace(double Rank, string Image)
{
    private const int MaxLength = 16_384;

    /// <summary>The last place first.</summary>
    internal static readonly Comparer<ReviewPlace> Backwards = Comparer<ReviewPlace>.Create((a, b) =>
        b.Rank.CompareTo(a.Rank) is not 0 and var ranks ? ranks : string.CompareOrdinal(b.Image, a.Image));

    // Above any score of a model whose scores are probabilities.
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

    /// <summary>Parses what <see cref="ToString"/> wrote; null for any other text.</summary>
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

    /// <summary>True when this place follows the other.</summary>
    public bool IsAfter(ReviewPlace other) => Backwards.Compare(this, other) < 0;

    /// <summary>The place as text that is safe in a query string.</summary>
    public override string ToString() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"{Rank:R}:{Image}")));
}
