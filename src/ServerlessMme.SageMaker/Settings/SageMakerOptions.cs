using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace ServerlessMme.SageMaker.Settings;

/// <summary>How endpoints are called (<c>Mme:SageMaker</c>). Credentials come from the AWS SDK's own chain.</summary>
public sealed class SageMakerOptions : IValidatableObject
{
    /// <summary>Address used in place of the region's, for <c>mme serve</c>, an emulator or a VPC endpoint.</summary>
    public Uri? ServiceUrl { get; set; }

    /// <summary>Region for manifests that name none. Default: the AWS SDK's (AWS_REGION, profile, instance).</summary>
    public string? Region { get; set; }

    /// <summary>Longest wait for one answer. Default: 70 s, since SageMaker gives a container 60.</summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(70);

    /// <summary>How long a model that is not ready yet is asked again. Default: 6 minutes.</summary>
    public TimeSpan NotReadyLimit { get; set; } = TimeSpan.FromMinutes(6);

    /// <summary>Wait before a model that is not ready is asked again; doubles each time. Default: 1 s.</summary>
    public TimeSpan NotReadyDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Further tries after trouble with the service or on the way. Default: 3.</summary>
    [Range(0, 20)]
    public int MaxRetries { get; set; } = 3;

    /// <summary>Wait before the first of them; doubles each time. Default: 200 ms.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Longest wait between two tries. Default: 30 s.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Requests that one endpoint is given at the same time. Default: 16.</summary>
    [Range(1, 1024)]
    public int MaxInFlight { get; set; } = 16;

    /// <summary>Images in one call with the payload <c>instances</c>, size permitting. Default: 32.</summary>
    [Range(1, 1024)]
    public int MaxBatch { get; set; } = 32;

    /// <summary>Calls in <see cref="BreakerWindow"/> before the breaker judges an endpoint. Default: 8.</summary>
    [Range(2, 10_000)]
    public int BreakerMinimumCalls { get; set; } = 8;

    /// <summary>Share of them that must fail for the breaker to open. Default: 0.5.</summary>
    [Range(0.01, 1)]
    public double BreakerFailureRatio { get; set; } = 0.5;

    /// <summary>What the breaker looks back on. Default: 30 s.</summary>
    public TimeSpan BreakerWindow { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a dead endpoint is left alone. Default: 30 s.</summary>
    public TimeSpan BreakerPause { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>What the attributes cannot say.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (ServiceUrl is { } url && (!url.IsAbsoluteUri || url.Scheme is not ("http" or "https")))
        {
            yield return Problem(nameof(ServiceUrl), "must be an http or https address");
        }

        foreach (var (name, value, min, max) in Spans())
        {
            if (value < min || value > max)
            {
                yield return Problem(name, string.Create(CultureInfo.InvariantCulture, $"must be from {min} to {max}"));
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
