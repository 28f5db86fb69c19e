using System.Globalization;
using Microsoft.Extensions.Configuration;
using OpenTelemetry.Trace;

namespace ServerlessMme.Hosting;

/// <summary>The samplers that <c>OTEL_TRACES_SAMPLER</c> names.</summary>
internal static class TraceSampler
{
    /// <summary>Returns the sampler that the standard variables name; null if they name no standard sampler.</summary>
    public static Sampler? Read(IConfiguration configuration) =>
        configuration["OTEL_TRACES_SAMPLER"]?.Trim().ToLowerInvariant() switch
        {
            "always_on" => new AlwaysOnSampler(),
            "always_off" => new AlwaysOffSampler(),
            "traceidratio" => ByRatio(configuration),
            "parentbased_always_on" => new ParentBasedSampler(new AlwaysOnSampler()),
            "parentbased_always_off" => new ParentBasedSampler(new AlwaysOffSampler()),
            "parentbased_traceidratio" => new ParentBasedSampler(ByRatio(configuration)),
            _ => null,
        };

    /// <summary>Returns a sampler for the ratio. As in the standard, a missing or invalid ratio counts as 1.</summary>
    private static TraceIdRatioBasedSampler ByRatio(IConfiguration configuration) => new(
        double.TryParse(
            configuration["OTEL_TRACES_SAMPLER_ARG"], NumberStyles.Float, CultureInfo.InvariantCulture, out var ratio)
        && ratio is >= 0 and <= 1
            ? ratio
            : 1);
}
