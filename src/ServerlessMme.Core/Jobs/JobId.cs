using System.Globalization;
using System.Security.Cryptography;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Jobs;

/// <summary>
/// A job's name, <c>20261122-231500-cifar10-4f1a</c>: its start (UTC), its model, and four digits that distinguish jobs
/// of the same second. Names sort by time and are safe in blob names.
/// </summary>
public sealed record JobId
{
    /// <summary>Maximum length of a name: time, model and suffix.</summary>
    public const int MaxLength = 16 + ModelName.MaxLength + 5;

    private const string TimeFormat = "yyyyMMdd-HHmmss";

    private JobId(string value) => Value = value;

    /// <summary>The name itself.</summary>
    public string Value { get; }

    /// <summary>Creates a new name.</summary>
    public static JobId Create(ModelName model, DateTimeOffset now) =>
        new($"{Text(now)}-{model}-{RandomNumberGenerator.GetHexString(4, lowercase: true)}");

    /// <summary>
    /// Returns the name of a scheduled job. It depends only on the model and the time, so only one of many workers can
    /// create the job.
    /// </summary>
    public static JobId ForSchedule(ModelName model, DateTimeOffset due) => new($"{Text(due)}-{model}-cron");

    /// <summary>Parses a name. Returns null if the text isn't the name of a job.</summary>
    public static JobId? Parse(string? text) =>
        text is not null && text.Length <= MaxLength && HasForm(text) ? new JobId(text) : null;

    public override string ToString() => Value;

    private static string Text(DateTimeOffset time) =>
        time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    private static bool HasForm(string text)
    {
        var parts = text.Split('-');
        return parts is [{ Length: 8 } day, { Length: 6 } time, _, ..]
            && day.All(char.IsAsciiDigit) && time.All(char.IsAsciiDigit)
            && parts[2..].All(part => part.Length > 0 && part.All(IsLowercaseOrDigit));
    }

    private static bool IsLowercaseOrDigit(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c);
}
