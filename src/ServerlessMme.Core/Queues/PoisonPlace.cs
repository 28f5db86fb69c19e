using System.Globalization;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Core.Queues;

/// <summary>A message's position in the list of those given up, which is newest first.</summary>
/// <param name="WrittenAt">When its reason was written, to the second; the minimum without a reason.</param>
/// <param name="Digest">The message.</param>
public readonly record struct PoisonPlace(DateTimeOffset WrittenAt, string Digest)
{
    /// <summary>The order of the list.</summary>
    internal static readonly Comparer<PoisonPlace> Order = Comparer<PoisonPlace>.Create((a, b) =>
        b.WrittenAt.CompareTo(a.WrittenAt) is not 0 and var times ? times : string.CompareOrdinal(a.Digest, b.Digest));

    /// <summary>Parses the result of <see cref="ToString"/>; null for any other text.</summary>
    public static PoisonPlace? Parse(string? text) =>
        text?.Split('-') is [var ticks, var digest] && IsDigest(digest)
        && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number <= DateTimeOffset.MaxValue.UtcTicks
            ? new PoisonPlace(new DateTimeOffset(number, TimeSpan.Zero), digest)
            : null;

    /// <summary>False for text that can't be a digest.</summary>
    public static bool IsDigest(string text) =>
        text.Length == MessageDigest.Length && text.All(char.IsAsciiHexDigitLower);

    /// <summary>The position as text that is safe in a query string.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{WrittenAt.UtcTicks}-{Digest}");
}
