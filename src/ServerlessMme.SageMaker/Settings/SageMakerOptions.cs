using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace ServerlessMme.SageMaker.Settings;

/// <summary>
/// How endpoints are called (<c>Mme:SageMaker</c>). Credentials come from the AWS SDK's credential chain.
/// </summary>
public sealed class SageMakerOptions : IValidatableObject
{
    /// <summary>Overrides the region's address, for <c>mme serve</c>, an emulator or a VPC endpoint.</summary>
    public Uri? ServiceUrl { get; set; }

    /// <summary>Region for manifests without one. Default: the AWS SDK's (AWS_REGION, profile, instance).</summary>
    public string? Region { get; set; }

    /// <summary>Timeout per attempt. Default: 70 s, because SageMaker gives a container 60 s.</summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(70);

    /// <summary>How long to retry while a model is not ready. Default: 6 minutes.</summary>
    public TimeSpan NotReadyLimit { get; set; } = TimeSpan.FromMinutes(6);

    /// <summary>First delay between retries while a model is not ready; doubles each time. Default: 1 s.</summary>
    public TimeSpan NotReadyDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Retries after a service or network failure. Default: 3.</summary>
    [Range(0, 20)]
    public int MaxRetries { get; set; } = 3;

    /// <summary>First delay between retries after a failure; doubles each time. Default: 200 ms.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Longest delay between two attempts. Default: 30 s.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Maximum concurrent requests per endpoint. Default: 16.</summary>
    [Range(1, 1024)]
    public int MaxInFlight { get; set; } = 16;

    /// <summary>Maximum images per call with the payload <c>instances</c>. Default: 32.</summary>
    [Range(1, 1024)]
    public int MaxBatch { get; set; } = 32;

    /// <summary>
    /// Minimum number of calls within <see cref="BreakerWindow"/> before the circuit breaker can open. Default: 8.
    /// </summary>
    [Range(2, 10_000)]
    public int BreakerMinimumCalls { get; set; } = 8;

    /// <summary>Share of failed calls at which the circuit breaker opens. Default: 0.5.</summary>
    [Range(0.01, 1)]
    public double BreakerFailureRatio { get; set; } = 0.5;

    /// <summary>Sampling window of the circuit breaker. Default: 30 s.</summary>
    public TimeSpan BreakerWindow { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the circuit breaker stays open. Default: 30 s.</summary>
    public TimeSpan BreakerPause { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Checks constraints that attributes can't express.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (ServiceUrl is { } url && (!url.IsAbsoluteUri || url.Scheme is not ("http" or "https")))
        {
            yield return Problem(
                nameof(ServiceUrl), $"is '{url.OriginalString}', but must be an HTTP or HTTPS address");
        }

        foreach (var (name, value, min, max) in Spans())
        {
            if (value < min || value > max)
            {
                yield return Problem(name, string.Create(
                    CultureInfo.InvariantCulture, $"is {value}, but must be between {min} and {max}"));
            }
        }
    }

    private (string Name, TimeSpan Value, TimeSpan Min, TimeSpan Max)[] Spans() =>
    [
        (nameof(AttemptTimeout), AttemptTimeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1)),
        (nameof(NotReadyLimit), NotReadyLimit, TimeSpan.Zero, TimeSpan.FromHours(1)),
        (nameof(NotReadyDelay), NotReadyDelay, TimeSpan.Zero, TimeSpan.FromHours(1)),
        (nameof(RetryDelay), RetryDelay, TimeSpan.Zero, TimeSpan.FromHours(1)),
        (nameof(MaxDelay), MaxDelay, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1)),
        (nameof(BreakerWindow), BreakerWindow, TimeSpan.FromMilliseconds(500), TimeSpan.FromHours(1)),
        (nameof(BreakerPause), BreakerPause, TimeSpan.FromMilliseconds(500), TimeSpan.FromHours(1)),
    ];

    private static ValidationResult Problem(string name, string problem) =>
        new($"Mme:SageMaker:{name} {problem}.", [name]);
}
