using System.Globalization;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Cli.Composition;

/// <summary>A time in the past: an age such as <c>7d</c>, or a point in time.</summary>
internal static class PointInTime
{
    /// <summary>Returns the time, or null if the text is neither an age nor a time.</summary>
    public static DateTimeOffset? Parse(string text, DateTimeOffset now)
    {
        if (text.Length > 1
            && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, Invariant, out var count)
            && count <= 10_000
            && "dhm".Contains(text[^1], StringComparison.Ordinal))
        {
            return now - (text[^1] switch
            {
                'd' => TimeSpan.FromDays(count),
                'h' => TimeSpan.FromHours(count),
                _ => TimeSpan.FromMinutes(count),
            });
        }

        return DateTimeOffset.TryParse(text, Invariant, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
    }

    /// <summary>Returns the message for invalid text.</summary>
    public static string Explain(string option, string text) =>
        $"{option} is '{Printable.Text(text, 60)}', but must be an age such as 7d, 12h or 30m, or a time such as "
        + "2026-11-24T12:00Z.";

    private static CultureInfo Invariant => CultureInfo.InvariantCulture;
}
