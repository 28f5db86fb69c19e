using System.Globalization;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Core.Queues;

/// <summary>A message's position in the list of messages that were given up, newest first.</summary>
/// <param name="WrittenAt">When its reason was written, to the second; the minimum value if it has no reason.</param>
/// <param name="Digest">The message's digest.</param>
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

    /// <summary>Returns false for text that can't be a digest.</summary>
    public static bool IsDigest(string text) =>
        text.Length == MessageDigest.Length && text.All(char.IsAsciiHexDigitLower);

    /// <summary>Returns the position as text that is safe in a query string.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{WrittenAt.UtcTicks}-{Digest}");
}
