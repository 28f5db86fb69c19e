using System.ComponentModel.DataAnnotations;
using NCrontab;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Schedules;

/// <summary>
/// Schedules of models, in UTC. The six fields, from seconds to days of the week, work as in Azure Functions timers.
/// </summary>
internal static class CronSchedules
{
    private static readonly CrontabSchedule.ParseOptions WithSeconds = new() { IncludingSeconds = true };
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Lookback = TimeSpan.FromHours(1);

    /// <summary>Validates a setting that has a schedule per model.</summary>
    /// <param name="setting">Its full name, such as <c>Mme:Rescore:Schedules</c>.</param>
    public static IEnumerable<ValidationResult> Validate(string setting, IReadOnlyDictionary<string, string> schedules)
    {
        foreach (var (model, schedule) in schedules)
        {
            if (ModelName.Parse(model).Refusal is { } refusal)
            {
                yield return new ValidationResult($"{setting}: {refusal.Message}", [setting]);
            }

            if (Read(schedule) is null)
            {
                yield return new ValidationResult(
                    $"{setting}:{model} is '{schedule}', but must have six fields (second, minute, hour, day, month, "
                    + "and day of the week), such as '0 0 3 * * *' for 3 a.m. every day.",
                    [setting]);
            }
        }
    }

    /// <summary>Calls <paramref name="startDue"/> every few seconds until canceled, if there is a schedule.</summary>
    public static async Task RunAsync(
        IReadOnlyDictionary<string, string> schedules,
        Func<CancellationToken, Task> startDue,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (schedules.Count == 0)
        {
            return;
        }

        try
        {
            using var timer = new PeriodicTimer(Interval, time);
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                await startDue(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The worker is stopping.
        }
    }

    /// <summary>
    /// Returns the last time within the past hour when a valid schedule was due, or null if it was not due.
    /// </summary>
    public static DateTimeOffset? FindLastDue(string schedule, DateTimeOffset now)
    {
        var due = Read(schedule)!
            .GetNextOccurrences((now - Lookback).UtcDateTime, now.UtcDateTime.AddTicks(1)).LastOrDefault();
        return due == default ? null : new DateTimeOffset(due, TimeSpan.Zero);
    }

    private static CrontabSchedule? Read(string? text) =>
        text is null ? null : CrontabSchedule.TryParse(text, WithSeconds);
}
