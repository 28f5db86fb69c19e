using Azure.Core;
using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Tracing;

namespace ServerlessMme.Hosting;

/// <summary>
/// Exports traces, metrics and logs as configured by the standard variables of Application Insights and OpenTelemetry.
/// </summary>
public static class Telemetry
{
    private const string Insights = "APPLICATIONINSIGHTS_CONNECTION_STRING";
    private const string InsightsIdentity = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING";
    private const string Otlp = "OTEL_EXPORTER_OTLP_ENDPOINT";

    internal const string HttpSource = "System.Net.Http";

    /// <summary>The standard setting for the minimum level of exported logs. Default: <c>Warning</c>.</summary>
    private const string ExportedLevel = "Logging:OpenTelemetry:LogLevel:Default";

    // Storage's clients, and the requests of every client. Azure.Core.Http would report the same requests again.
    private static readonly string[] OutgoingSources = ["Azure.Storage.*", HttpSource];

    /// <summary>
    /// Sends all signals to Application Insights, OTLP or both. Also prints each signal whose
    /// <c>OTEL_{SIGNAL}_EXPORTER</c> contains <c>console</c>. Returns null and starts nothing if no variable names a
    /// destination.
    /// </summary>
    /// <param name="service">Name of the service; <c>OTEL_SERVICE_NAME</c> overrides it.</param>
    /// <param name="defaults">Defaults of the host, which everything else here overrides.</param>
    public static IOpenTelemetryBuilder? AddTelemetry(
        this IHostApplicationBuilder builder, string service, Action<IOpenTelemetryBuilder>? defaults = null)
    {
        var configuration = builder.Configuration;
        var toInsights = IsSet(configuration[Insights]);
        var toOtlp = IsSet(configuration[Otlp]);
        bool Exports(string signal) => toInsights || toOtlp || IsOnConsole(configuration, signal);
        if (!Exports("TRACES") && !Exports("METRICS") && !Exports("LOGS"))
        {
            return null;
        }

        var telemetry = builder.Services.AddOpenTelemetry();
        defaults?.Invoke(telemetry);
        telemetry.ConfigureResource(resource => resource
            .AddService(service, serviceVersion: typeof(Telemetry).Assembly.GetName().Version?.ToString(3))
            // Repeated, because the user's settings take precedence.
            .AddEnvironmentVariableDetector());
        // Components that don't accept keys need an identity: the one in AZURE_CLIENT_ID, as for storage.
        TokenCredential? identity = configuration[InsightsIdentity]?.Contains(
            "Authorization=AAD", StringComparison.Ordinal) == true ? new DefaultAzureCredential() : null;
        if (Exports("TRACES"))
        {
            telemetry.WithTracing(tracing => AddTracing(tracing, configuration, toInsights, identity));
        }

        if (Exports("METRICS"))
        {
            telemetry.WithMetrics(metrics => AddMetrics(metrics, configuration, toInsights, identity));
        }

        if (Exports("LOGS"))
        {
            telemetry.WithLogging(
                logs => AddLogs(logs, configuration, toInsights, identity),
                options => options.IncludeFormattedMessage = true);
            if (!IsSet(configuration[ExportedLevel]))
            {
                // A line for each batch of each instance would cost more than all other exported data.
                builder.Logging.AddFilter<OpenTelemetryLoggerProvider>(null, LogLevel.Warning);
            }

            builder.Logging.AddFilter<OpenTelemetryLoggerProvider>("Microsoft", LogLevel.Warning)
                .AddFilter<OpenTelemetryLoggerProvider>("Azure", LogLevel.Warning);
        }

        return toOtlp ? telemetry.UseOtlpExporter() : telemetry;
    }

    private static void AddTracing(
        TracerProviderBuilder tracing, IConfiguration configuration, bool toInsights, TokenCredential? identity)
    {
        tracing.AddSource(Spans.SourceName).AddSource(OutgoingSources)
            .AddProcessor(new UnrecordedParents()).AddProcessor(new ExpectedSpans());
        if (toInsights)
        {
            tracing.AddAzureMonitorTraceExporter(
                options => options.ConnectionString = configuration[Insights], identity);
            // That exporter has its own sampler and ignores the standard ones.
            if (TraceSampler.Read(configuration) is { } sampler)
            {
                tracing.SetSampler(sampler);
            }
        }

        if (IsOnConsole(configuration, "TRACES"))
        {
            tracing.AddConsoleExporter();
        }
    }

    private static void AddMetrics(
        MeterProviderBuilder metrics, IConfiguration configuration, bool toInsights, TokenCredential? identity)
    {
        metrics.AddMeter(ModelMetrics.MeterName);
        if (toInsights)
        {
            metrics.AddAzureMonitorMetricExporter(
                options => options.ConnectionString = configuration[Insights], identity);
        }

        if (IsOnConsole(configuration, "METRICS"))
        {
            metrics.AddConsoleExporter();
        }
    }

    private static void AddLogs(
        LoggerProviderBuilder logs, IConfiguration configuration, bool toInsights, TokenCredential? identity)
    {
        if (toInsights)
        {
            logs.AddAzureMonitorLogExporter(
                options => options.ConnectionString = configuration[Insights], identity);
        }

        if (IsOnConsole(configuration, "LOGS"))
        {
            logs.AddConsoleExporter();
        }
    }

    /// <summary>Returns true if the signal's variable, a list, contains <c>console</c>.</summary>
    private static bool IsOnConsole(IConfiguration configuration, string signal) =>
        configuration[$"OTEL_{signal}_EXPORTER"]?
            .Split(',', StringSplitOptions.TrimEntries).Contains("console", StringComparer.OrdinalIgnoreCase) == true;

    private static bool IsSet(string? value) => !string.IsNullOrEmpty(value);
}
