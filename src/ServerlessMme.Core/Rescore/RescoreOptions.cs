using System.ComponentModel.DataAnnotations;
using ServerlessMme.Core.Schedules;

namespace ServerlessMme.Core.Rescore;

/// <summary>Scheduled re-scoring (<c>Mme:Rescore</c>).</summary>
public sealed class RescoreOptions : IValidatableObject
{
    /// <summary>
    /// When to start a job that scores a model's images without a current label, in UTC:
    /// <c>Mme:Rescore:Schedules:cifar10=0 0 3 * * *</c>. The six fields, from seconds to days of the week, are those of
    /// timers in Azure Functions. Default: none.
    /// </summary>
    public Dictionary<string, string> Schedules { get; } = new(StringComparer.Ordinal);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        CronSchedules.Validate("Mme:Rescore:Schedules", Schedules);
}
