using System.ComponentModel.DataAnnotations;
using ServerlessMme.Core.Schedules;

namespace ServerlessMme.Core.Drift;

/// <summary>Scheduled drift checks (<c>Mme:Drift</c>).</summary>
public sealed class DriftOptions : IValidatableObject
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3650);

    /// <summary>
    /// When to check a model's answers for drift, in UTC: <c>Mme:Drift:Schedules:cifar10=0 0 4 * * *</c>. The six
    /// fields, from seconds to days of the week, work as in Azure Functions timers. Default: none.
    /// </summary>
    public Dictionary<string, string> Schedules { get; } = new(StringComparer.Ordinal);

    /// <summary>Length of the recent window, which ends now. Default: 7 days.</summary>
    public TimeSpan Since { get; set; } = TimeSpan.FromDays(7);

    /// <summary>
    /// How long ago the reference window begins. It ends where the recent one begins. Default: 30 days.
    /// </summary>
    public TimeSpan Against { get; set; } = TimeSpan.FromDays(30);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var problem in CronSchedules.Validate("Mme:Drift:Schedules", Schedules))
        {
            yield return problem;
        }

        if (Since <= TimeSpan.Zero || Against <= Since || Against > Longest)
        {
            yield return new ValidationResult(
                $"Mme:Drift:Since is {Since:g} and Mme:Drift:Against is {Against:g}. Since must be greater than zero, "
                + $"Against must be greater than Since, and neither may exceed {Longest.TotalDays} days "
                + "(written 3650.00:00:00).",
                [nameof(Since), nameof(Against)]);
        }
    }
}
