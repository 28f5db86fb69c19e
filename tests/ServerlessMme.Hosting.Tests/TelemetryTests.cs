using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Tracing;

namespace ServerlessMme.Hosting.Tests;

[Collection("telemetry")]
public sealed class TelemetryTests
{
    private const string Insights = "APPLICATIONINSIGHTS_CONNECTION_STRING";
    private const string Component =
        "InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint=http://127.0.0.1:9/";

    [Fact]
    public void Nothing_starts_when_no_variable_names_a_destination()
    {
        using var host = Build(
            out var telemetry, ("OTEL_TRACES_EXPORTER", "otlp"), ("OTEL_TRACES_SAMPLER", "always_on"));

        Assert.Null(telemetry);
        Assert.Null(host.Services.GetService<TracerProvider>());
        Assert.DoesNotContain(
            host.Services.GetServices<ILoggerProvider>(), provider => provider is OpenTelemetryLoggerProvider);
    }

    [Theory]
    [InlineData(Insights, Component, true, true, true)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9", true, true, true)]
    [InlineData("OTEL_TRACES_EXPORTER", "console", true, false, false)]
    [InlineData("OTEL_TRACES_EXPORTER", "otlp, console", true, false, false)]
    [InlineData("OTEL_METRICS_EXPORTER", "console", false, true, false)]
    [InlineData("OTEL_LOGS_EXPORTER", "console", false, false, true)]
    public void A_destination_gets_its_signals(string variable, string value, bool traces, bool metrics, bool logs)
    {
        using var host = Build(out _, (variable, value));

        Assert.Equal(traces, host.Services.GetService<TracerProvider>() is not null);
        Assert.Equal(metrics, host.Services.GetService<MeterProvider>() is not null);
        Assert.Equal(logs, host.Services.GetService<LoggerProvider>() is not null);
    }

    [Theory]
    [InlineData(null, null, "mme-test")]
    [InlineData("OTEL_SERVICE_NAME", "mine", "mine")]
    [InlineData("OTEL_RESOURCE_ATTRIBUTES", "service.name=mine", "mine")]
    public void The_service_has_a_name_that_the_user_may_change(string? variable, string? value, string expected)
    {
        using var host = Build(out _, [(Insights, Component), .. variable is null ? [] : new[] { (variable, value!) }]);

        var resource = host.Services.GetRequiredService<TracerProvider>().GetResource().Attributes
            .ToDictionary(pair => pair.Key, pair => pair.Value);

        Assert.Equal(expected, resource["service.name"]);
        Assert.Equal(typeof(Telemetry).Assembly.GetName().Version!.ToString(3), resource["service.version"]);
        Assert.NotEqual("", resource["service.instance.id"]);
    }

    [Theory]
    [InlineData("always_on", null, true)]
    [InlineData("always_off", null, false)]
    [InlineData("traceidratio", "0", false)]
    [InlineData("traceidratio", "1", true)]
    [InlineData("traceidratio", "7", true)]
    [InlineData("parentbased_always_on", null, true)]
    [InlineData("parentbased_always_off", null, false)]
    [InlineData("parentbased_traceidratio", "0.0", false)]
    [InlineData("microsoft.fixed_percentage", "0", false)]
    [InlineData("microsoft.fixed_percentage", "1", true)]
    [InlineData("microsoft.rate_limited", "0", false)]
    // One span a nanosecond. With fewer the sampler may leave out the first one, which comes soon after its start.
    [InlineData("microsoft.rate_limited", "1000000000", true)]
    public void Sampling_is_what_the_variables_say_with_application_insights_too(
        string sampler, string? argument, bool isRecorded)
    {
        using var host = Build(
            out _, (Insights, Component), ("OTEL_TRACES_SAMPLER", sampler), ("OTEL_TRACES_SAMPLER_ARG", argument));
        host.Services.GetRequiredService<TracerProvider>();

        Assert.Equal(isRecorded, Record());
    }

    [Theory]
    [InlineData("always_on")]
    [InlineData("microsoft.fixed_percentage")]
    public void Nothing_is_recorded_in_the_background(string sampler)
    {
        using var host = Build(
            out _, (Insights, Component), ("OTEL_TRACES_SAMPLER", sampler), ("OTEL_TRACES_SAMPLER_ARG", "1"));
        host.Services.GetRequiredService<TracerProvider>();
        Spans.EnterBackground();

        Assert.False(Record());
    }

    [Theory]
    [InlineData(null, LogLevel.Warning)]
    [InlineData("", LogLevel.Warning)]
    [InlineData("Information", LogLevel.Information)]
    [InlineData("Error", LogLevel.Error)]
    public void Logs_are_sent_from_warnings_on_or_from_the_level_that_the_user_sets(string? level, LogLevel least)
    {
        using var host = Build(out _, (Insights, Component), ("Logging:OpenTelemetry:LogLevel:Default", level));

        var logger = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("ServerlessMme.Core.Any");

        Assert.All(
            Enum.GetValues<LogLevel>().Where(each => each != LogLevel.None),
            each => Assert.Equal(each >= least, logger.IsEnabled(each)));
    }

    [Fact]
    public void Spans_and_metrics_have_sources_of_the_same_name() =>
        Assert.Equal(ModelMetrics.MeterName, Spans.SourceName);

    private static bool Record()
    {
        using var span = Spans.Start("outer");
        using var inner = Spans.Start("inner");
        return inner is { Recorded: true, IsAllDataRequested: true };
    }

    private static IHost Build(out IOpenTelemetryBuilder? telemetry, params (string Name, string? Value)[] variables)
    {
        Activity.Current = null;
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(variables.ToDictionary(pair => pair.Name, pair => pair.Value));
        // As the default builders do.
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        telemetry = builder.AddTelemetry("mme-test");
        return builder.Build();
    }
}
