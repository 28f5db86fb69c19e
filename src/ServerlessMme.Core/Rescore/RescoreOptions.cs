using System.ComponentModel.DataAnnotations;
using ServerlessMme.Core.Schedules;

namespace ServerlessMme.Core.Rescore;

/// <summary>Re-scoring, scheduled or on request (<c>Mme:Rescore</c>).</summary>
public sealed class RescoreOptions : IValidatableObject
{
    /// <summary>
    /// When to start a job that scores a model's images without a current label, in UTC:
    /// <c>Mme:Rescore:Schedules:cifar10=0 0 3 * * *</c>. The six fields, from seconds to days of the week, work as in
    /// Azure Functions timers. Default: none.
    /// </summary>
    public Dictionary<string, string> Schedules { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// How long a worker lists a job's images before it sends the rest to the end of the queue. Keep it below
    /// <c>Mme:Triggers:TimeLimit</c>. Default: 4 minutes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan TimeSlice { get; set; } = TimeSpan.FromMinutes(4);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        CronSchedules.Validate("Mme:Rescore:Schedules", Schedules);
}
