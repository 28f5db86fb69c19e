using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Storage.Jobs;

/// <summary>
/// A job's name, <c>20261122-231500-cifar10-4f1a</c>: when it began (UTC), its model, and four digits that keep two
/// apart. Sorts by time, and is safe in a blob's name.
/// </summary>
public sealed partial record JobId
{
    /// <summary>Characters of the longest: time, model and end.</summary>
    public const int MaxLength = 16 + ModelName.MaxLength + 5;

    private const string TimeFormat = "yyyyMMdd-HHmmss";

    private JobId(string value) => Value = value;

    /// <summary>The name itself.</summary>
    public string Value { get; }

    /// <summary>A new name that no other job has.</summary>
    public static JobId Create(ModelName model, DateTimeOffset now) =>
        new($"{Text(now)}-{model}-{RandomNumberGenerator.GetHexString(4, lowercase: true)}");

    /// <summary>The one name of what a schedule asks for at a time, so that of many workers one creates it.</summary>
    public static JobId ForSchedule(ModelName model, DateTimeOffset due) => new($"{Text(due)}-{model}-cron");

    /// <summary>Reads a name; null when it has not the form.</summary>
    public static JobId? Parse(string? text) =>
        text is not null && text.Length <= MaxLength && Form().IsMatch(text) ? new JobId(text) : null;

    public override string ToString() => Value;

    private static string Text(DateTimeOffset time) =>
        time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    [GeneratedRegex(
        @"\A[0-9]{8}-[0-9]{6}(-[a-z0-9]+)+\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Form();
}
