using System.Globalization;

namespace ServerlessMme.Core.Drift;

/// <summary>
/// The time windows to compare. The reference window ends where the recent one begins. The recent one has no end, so a
/// label with a future date from another clock is recent.
/// </summary>
/// <param name="Against">The beginning of the reference window.</param>
/// <param name="Since">The beginning of the recent window, later than <paramref name="Against"/>.</param>
/// <param name="Now">Later than <paramref name="Since"/>.</param>
public sealed record DriftWindows(DateTimeOffset Against, DateTimeOffset Since, DateTimeOffset Now)
{
    /// <summary>The recent window, such as "in the last 7 days".</summary>
    public string RecentText => $"in the last {Text(Now - Since)}";

    /// <summary>The reference window, such as "between 30 days and 7 days ago".</summary>
    public string ReferenceText => $"between {Text(Now - Against)} and {Text(Now - Since)} ago";

    // The largest unit of which there are at least two, so 90 minutes don't become 1.5 hours.
    private static string Text(TimeSpan span) =>
        span >= TimeSpan.FromDays(2) || span == TimeSpan.FromDays(1) ? Text(span.TotalDays, "day")
        : span >= TimeSpan.FromHours(2) || span == TimeSpan.FromHours(1) ? Text(span.TotalHours, "hour")
        : span >= TimeSpan.FromMinutes(2) || span == TimeSpan.FromMinutes(1) ? Text(span.TotalMinutes, "minute")
        : Text(span.TotalSeconds, "second");

    private static string Text(double count, string unit)
    {
        var number = count.ToString("0.#", CultureInfo.InvariantCulture);
        return number == "1" ? $"1 {unit}" : $"{number} {unit}s";
    }
}
