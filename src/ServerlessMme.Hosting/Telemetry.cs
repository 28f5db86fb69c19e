using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using ServerlessMme.Core.Models.Cache;

namespace ServerlessMme.Hosting;

/// <summary>Where the application's metrics go, by the variables that Application Insights and OTLP know.</summary>
public static class Telemetry
{
    private const string Insights = "APPLICATIONINSIGHTS_CONNECTION_STRING";
    private const string InsightsIdentity = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING";
    private const string Otlp = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>
    /// Sends metrics to either or both. Null, and nothing is started, where no variable says where to.
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
            // Components that take no key take an identity: the one that AZURE_CLIENT_ID names, as for storage.
            var byIdentity = configuration[InsightsIdentity]?.Contains("Authorization=AAD", StringComparison.Ordinal);
            metrics.AddAzureMonitorMetricExporter(
                options => options.ConnectionString = configuration[Insights],
                byIdentity == true ? new DefaultAzureCredential() : null);
        });
        // Logs and traces go this way too.
        if (toOtlp)
        {
            telemetry.UseOtlpExporter();
        }

        return telemetry;
    }

    private static bool IsSet(string? value) => !string.IsNullOrEmpty(value);
}
