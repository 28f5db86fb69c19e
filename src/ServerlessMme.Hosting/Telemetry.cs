using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using ServerlessMme.Core.Models.Cache;

namespace ServerlessMme.Hosting;

/// <summary>Exports telemetry as the standard variables of Application Insights and OTLP say.</summary>
public static class Telemetry
{
    private const string Insights = "APPLICATIONINSIGHTS_CONNECTION_STRING";
    private const string InsightsIdentity = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING";
    private const string Otlp = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>
    /// Sends metrics to Application Insights, OTLP or both. Returns null and starts nothing if no variable names a
    /// destination.
    /// </summary>
    public static OpenTelemetryBuilder? AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        var toInsights = IsSet(configuration[Insights]);
        var toOtlp = IsSet(configuration[Otlp]);
        if (!toInsights && !toOtlp)
        {
            return null;
        }

        var telemetry = services.AddOpenTelemetry().WithMetrics(metrics =>
        {
            metrics.AddMeter(ModelMetrics.MeterName);
            if (!toInsights)
            {
                return;
            }

            // Components that don't accept keys need an identity: the one in AZURE_CLIENT_ID, as for storage.
            var byIdentity = configuration[InsightsIdentity]?.Contains("Authorization=AAD", StringComparison.Ordinal);
            metrics.AddAzureMonitorMetricExporter(
                options => options.ConnectionString = configuration[Insights],
                byIdentity == true ? new DefaultAzureCredential() : null);
        });
        // OTLP gets logs and traces too.
        if (toOtlp)
        {
            telemetry.UseOtlpExporter();
        }

        return telemetry;
    }

    private static bool IsSet(string? value) => !string.IsNullOrEmpty(value);
}
