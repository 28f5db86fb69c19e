using System.ComponentModel.DataAnnotations;
using NCrontab;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Rescore;

/// <summary>Scheduled re-scoring (<c>Mme:Rescore</c>).</summary>
public sealed class RescoreOptions : IValidatableObject
{
    private static readonly CrontabSchedule.ParseOptions WithSeconds = new() { IncludingSeconds = true };

    /// <summary>
    /// When to start a job that scores a model's images without a current label, in UTC:
    /// <c>Mme:Rescore:Schedules:cifar10=0 0 3 * * *</c>. The six fields, from seconds to days of the week, are those of
    /// timers in Azure Functions. Default: none.
    /// </summary>
    public Dictionary<string, string> Schedules { get; } = new(StringComparer.Ordinal);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (model, schedule) in Schedules)
        {
            if (ModelName.Parse(model).Refusal is { } refusal)
            {
                yield return new ValidationResult($"Mme:Rescore:Schedules: {refusal.Message}", [nameof(Schedules)]);
            }

            if (Read(schedule) is null)
            {
                yield return new ValidationResult(
                    $"Mme:Rescore:Schedules:{model} is '{schedule}', but must have six fields: second, minute, hour, "
                    + "day, month, day of the week, as '0 0 3 * * *' for three o'clock every night.",
                    [nameof(Schedules)]);
            }
        }
    }

    /// <summary>The schedule; null when the text is not a schedule.</summary>
    internal static CrontabSchedule? Read(string? text) =>
        text is null ? null : CrontabSchedule.TryParse(text, WithSeconds);
}
