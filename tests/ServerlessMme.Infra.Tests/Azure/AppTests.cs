using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using ServerlessMme.Core.Drift;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Processing;
using ServerlessMme.Core.Queues;
using ServerlessMme.Hosting;
using ServerlessMme.Infra.Tests.Support;
using ServerlessMme.Storage;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Infra.Tests.Azure;

/// <summary>Names and numbers that the templates share with the code.</summary>
public sealed partial class AppTests(DeploymentFixture fixture)
{
    private const string Site = "Microsoft.Web/sites";
    private const string ContainerApp = "Microsoft.App/containerApps";

    private static readonly string[] OfOperations =
    [
        QueueMetrics.WaitingMessages, QueueMetrics.PoisonMessages, QueueMetrics.OldestMessageAge,
        LabelMetrics.ImagesLabelled, LabelMetrics.ImagesRefused, DriftMetrics.DriftPsi, DriftMetrics.DriftFound,
    ];

    private static readonly HashSet<string> Metrics =
        [.. ModelMetrics.All.Select(metric => metric.Name), .. OfOperations];

    [Fact]
    public void Every_setting_of_ours_exists()
    {
        var known = SettingsDoc.Names.Select(name => name.Replace(":", "__", StringComparison.Ordinal)).ToHashSet();
        var set = SettingsOfSite().Keys.Concat(SettingsOfWorker().Keys)
            .Where(name => name.StartsWith("Mme__", StringComparison.Ordinal)).ToHashSet();

        Assert.NotEmpty(set);
        Assert.All(set, name => Assert.Contains(name, known));
    }

    [Fact]
    public void The_app_finds_its_storage_in_the_settings_of_either_host()
    {
        var site = Read(SettingsOfSite());
        var account = fixture.Dev.One("Microsoft.Storage/storageAccounts").Text("name");

        Assert.Equal($"https://{account}.blob.core.windows.net", site["Mme:Storage:BlobServiceUri"]);
        Assert.Equal($"https://{account}.queue.core.windows.net", site["Mme:Storage:QueueServiceUri"]);
        Assert.Null(site["Mme:Storage:ConnectionString"]);
        var worker = Read(SettingsOfWorker());
        Assert.Contains("primaryEndpoints.blob", worker["Mme:Storage:BlobServiceUri"], StringComparison.Ordinal);
        Assert.Contains("primaryEndpoints.queue", worker["Mme:Storage:QueueServiceUri"], StringComparison.Ordinal);
    }

    [Fact]
    public void What_host_json_says_is_what_the_templates_override()
    {
        using var host = JsonDocument.Parse(Repository.Read("src", "ServerlessMme.Functions", "host.json"));
        const string prefix = "AzureFunctionsJobHost__";
        var overrides = SettingsOfSite()
            .Where(setting => setting.Key.StartsWith(prefix, StringComparison.Ordinal)).ToList();

        // The templates' defaults are those of host.json.
        Assert.NotEmpty(overrides);
        Assert.All(overrides, setting => Assert.Equal(
            host.RootElement.Of(setting.Key[prefix.Length..].Replace("__", ".")).GetInt32(), int.Parse(setting.Value)));
        Assert.Equal(new QueueOptions().MaxTries, host.RootElement.Of("extensions.queues.maxDequeueCount").GetInt32());
    }

    [Fact]
    public void The_always_ready_function_is_one_of_the_app_and_the_runtime_is_what_it_is_built_for()
    {
        var config = fixture.Prod.One(Site).Of("properties.functionAppConfig");
        var ready = Assert.Single(config.Of("scaleAndConcurrency.alwaysReady").EnumerateArray()).Text("name");
        var function = ready["function:".Length..];

        Assert.Contains(
            $"[Function(nameof({function}))]", Repository.Read("src", "ServerlessMme.Functions", function + ".cs"),
            StringComparison.Ordinal);
        Assert.Equal("dotnet-isolated", config.Text("runtime.name"));
        Assert.Contains(
            $"<TargetFramework>net{config.Text("runtime.version")}<", Repository.Read("Directory.Build.props"),
            StringComparison.Ordinal);
        Assert.Equal("UserAssignedIdentity", config.Text("deployment.storage.authentication.type"));
        var dev = fixture.Dev.One(Site).Of("properties.functionAppConfig");
        Assert.Empty(dev.Of("scaleAndConcurrency.alwaysReady").EnumerateArray());
    }

    [Fact]
    public void Flex_Consumption_takes_the_most_instances_in_every_region()
    {
        foreach (var deployment in (Deployment[])[fixture.Azd, fixture.Dev, fixture.Prod])
        {
            var scale = deployment.One(Site).Of("properties.functionAppConfig.scaleAndConcurrency");

            Assert.InRange(scale.Of("maximumInstanceCount").GetInt32(), 40, 1000);
        }
    }

    [Fact]
    public void Traces_and_logs_of_either_host_leave_the_daily_limit_to_the_metrics_that_alerts_read()
    {
        foreach (var settings in (Dictionary<string, string>[])[SettingsOfSite(), SettingsOfWorker()])
        {
            Assert.Equal("microsoft.rate_limited", settings["OTEL_TRACES_SAMPLER"]);
            Assert.Equal("Warning", settings["Logging__OpenTelemetry__LogLevel__Default"]);
        }

        // 16 spans a trace, of 1.5 kB each: docs/operations.md, Traces.
        const double traceGB = 16 * 1.5e-6;
        foreach (var deployment in (Deployment[])[fixture.Azd, fixture.Dev, fixture.Prod])
        {
            var rate = double.Parse(
                Pairs(deployment.One(Site).Of("properties.siteConfig.appSettings"))["OTEL_TRACES_SAMPLER_ARG"],
                CultureInfo.InvariantCulture);
            var instances = deployment.One(Site).Of(
                "properties.functionAppConfig.scaleAndConcurrency.maximumInstanceCount").GetInt32();
            var limit = deployment.One("Microsoft.OperationalInsights/workspaces")
                .Of("properties.workspaceCapping.dailyQuotaGb").GetDouble();

            Assert.InRange(rate * TimeSpan.FromDays(1).TotalSeconds * instances * traceGB, 0, limit * 0.9);
        }
    }

    [Fact]
    public void Alerts_ask_about_metrics_that_the_app_has()
    {
        var asked = fixture.Dev.All("Microsoft.Insights/scheduledQueryRules")
            .Select(rule => Assert.Single(rule.Of("properties.criteria.allOf").EnumerateArray()).Text("query"))
            .Select(query => MetricName().Match(query).Groups[1].Value).ToList();

        Assert.Equal(6, asked.Count);
        Assert.All(asked, name => Assert.Contains(name, Metrics));
        var docs = Repository.Read("docs", "operations.md");
        Assert.All(OfOperations, name => Assert.Contains($"| `{name}` |", docs, StringComparison.Ordinal));
    }

    [Fact]
    public void The_workbook_shows_metrics_that_the_app_has_in_a_deployment_of_either_host()
    {
        var workbook = fixture.Dev.One("Microsoft.Insights/workbooks");
        Assert.True(Guid.TryParse(workbook.Text("name"), out _));
        Assert.Single(fixture.Worker.All("Microsoft.Insights/workbooks"));
        using var content = JsonDocument.Parse(Repository.Read("infra", "azure", "workbook.json"));
        var queries = content.RootElement.Of("items").EnumerateArray()
            .Where(item => item.Of("type").GetInt32() == 3).Select(item => item.Text("content.query")).ToList();

        var shown = queries.Where(query => query.StartsWith("AppMetrics", StringComparison.Ordinal))
            .SelectMany(query => MetricName().Matches(query)).Select(match => match.Groups[1].Value).ToHashSet();

        Assert.All(shown, name => Assert.Contains(name, Metrics));
        string[] wanted =
        [
            QueueMetrics.OldestMessageAge, LabelMetrics.ImagesLabelled, LabelMetrics.ImagesRefused,
            "ModelLoadingTime", "ModelEvictions", "ModelResidentBytes",
        ];
        Assert.All(wanted, name => Assert.Contains(name, shown));
        Assert.Contains(queries, query => query.Contains("process classify", StringComparison.Ordinal));
    }

    [Fact]
    public void The_worker_follows_the_queue_down_to_nothing()
    {
        var template = fixture.Worker.One(ContainerApp).Of("properties.template");
        var rule = Assert.Single(template.Of("scale.rules").EnumerateArray()).Of("azureQueue");

        Assert.Equal(StorageAccount.ClassifyQueue, rule.Text("queueName"));
        Assert.EndsWith("-app", rule.Text("identity"), StringComparison.Ordinal);
        Assert.Equal(0, template.Of("scale.minReplicas").GetInt32());
        Assert.Equal(["worker"], Assert.Single(template.Of("containers").EnumerateArray()).Texts("args"));
        Assert.Empty(fixture.Worker.All(Site));
    }

    private static ConfigurationManager Read(Dictionary<string, string> settings)
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(settings.ToDictionary(
            setting => setting.Key.Replace("__", ":"), setting => (string?)setting.Value));
        configuration.AddWebJobsStorage();
        return configuration;
    }

    private Dictionary<string, string> SettingsOfSite() =>
        Pairs(fixture.Dev.One(Site).Of("properties.siteConfig.appSettings"));

    private Dictionary<string, string> SettingsOfWorker() => Pairs(Assert.Single(
        fixture.Worker.One(ContainerApp).Of("properties.template.containers").EnumerateArray()).Of("env"));

    private static Dictionary<string, string> Pairs(JsonElement settings) =>
        settings.EnumerateArray().ToDictionary(setting => setting.Text("name"), setting => setting.Text("value"));

    [GeneratedRegex("Name == \"(\\w+)\"")]
    private static partial Regex MetricName();
}
