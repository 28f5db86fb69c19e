using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using ServerlessMme.Core.Queues;
using ServerlessMme.Functions.Hosting;
using ServerlessMme.Functions.Tests.Support;
using ServerlessMme.Functions.Triggers;
using ServerlessMme.Storage;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Functions.Tests;

public sealed class SettingsTests
{
    private static readonly string ExamplePath = Repository.PathOf("local.settings.json.example");

    [Fact]
    public void Docs_list_every_setting_of_every_options_class_and_no_other()
    {
        // The app has no console; the tests of Serving compare its settings with the docs.
        var known = Known().Append("Mme:Console:Token");

        Assert.Equal(known.Order(StringComparer.Ordinal), SettingsDoc.Names.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Example_is_short_and_sets_only_what_exists(bool identity)
    {
        var ours = Example(identity).Keys.Where(key => key.StartsWith("Mme__", StringComparison.Ordinal));

        Assert.All(ours, key => Assert.Contains(key.Replace("__", ":", StringComparison.Ordinal), Known()));
        Assert.InRange(File.ReadAllLines(ExamplePath).Length, 1, 12);
    }

    [Fact]
    public void Example_can_be_used_as_it_is()
    {
        using var services = App.Compose(Settings(Example(identity: false)));

        services.GetRequiredService<SettingsCheck>().Run();

        Assert.Equal(
            "http://127.0.0.1:10000/devstoreaccount1",
            services.GetRequiredService<StorageAccount>().Blobs.Uri.ToString());
        Assert.True(services.GetRequiredService<IOptions<TriggerOptions>>().Value.Blobs);
    }

    [Fact]
    public void Example_names_an_account_in_Azure_with_its_comment_in_place_of_Azurite()
    {
        using var services = App.Compose(Settings(Example(identity: true)));

        services.GetRequiredService<SettingsCheck>().Run();

        var account = services.GetRequiredService<StorageAccount>();
        Assert.Equal("https://acme.blob.core.windows.net/", account.Blobs.Uri.ToString());
        Assert.Equal("https://acme.queue.core.windows.net/", account.Queues.Uri.ToString());
    }

    [Fact]
    public void App_without_an_account_says_what_to_set()
    {
        using var services = App.Compose();

        var failure = Assert.Throws<OptionsValidationException>(
            () => services.GetRequiredService<SettingsCheck>().Run());

        Assert.Contains("No storage account is set", failure.Failures.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void Account_that_the_triggers_do_not_listen_to_is_refused()
    {
        using var services = App.Compose(
            ("AzureWebJobsStorage", "UseDevelopmentStorage=true"),
            ("Mme:Storage:BlobServiceUri", "https://acme.blob.core.windows.net"),
            ("Mme:Storage:QueueServiceUri", "https://acme.queue.core.windows.net"));

        var failure = Assert.Throws<OptionsValidationException>(
            () => services.GetRequiredService<SettingsCheck>().Run());

        Assert.Contains("the triggers listen to", failure.Failures.Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Mme:Rescore:TimeSlice")]
    [InlineData("Mme:Archives:TimeSlice")]
    public void Time_slice_that_the_time_limit_would_cut_is_refused(string setting)
    {
        using var services = App.Compose(
            ("AzureWebJobsStorage", "UseDevelopmentStorage=true"),
            ("Mme:Triggers:TimeLimit", "00:05:00"),
            (setting, "00:05:00"));

        var failure = Assert.Throws<OptionsValidationException>(
            () => services.GetRequiredService<SettingsCheck>().Run());

        Assert.Equal(
            $"{setting} is 00:05:00, but must be less than Mme:Triggers:TimeLimit (00:05:00).",
            failure.Failures.Single());
    }

    [Fact]
    public void Account_name_alone_is_enough_for_an_identity()
    {
        using var services = App.Compose(("AzureWebJobsStorage:accountName", "acme"));

        var account = services.GetRequiredService<StorageAccount>();

        Assert.Equal("https://acme.blob.core.windows.net/", account.Blobs.Uri.ToString());
        Assert.Equal("https://acme.queue.core.windows.net/", account.Queues.Uri.ToString());
    }

    [Fact]
    public void Host_gives_up_after_as_many_tries_as_the_app_thinks_and_waits_longer_than_the_app_does()
    {
        var host = JsonNode.Parse(
            Repository.Read("src", "ServerlessMme.Functions", "host.json"))!;

        Assert.Equal(new QueueOptions().MaxTries, host["extensions"]!["queues"]!["maxDequeueCount"]!.GetValue<int>());
        Assert.Equal("none", host["extensions"]!["queues"]!["messageEncoding"]!.GetValue<string>());
        Assert.True(new TriggerOptions().TimeLimit < TimeSpan.Parse(
            host["functionTimeout"]!.GetValue<string>(), formatProvider: null));
    }

    [Fact]
    public void Host_leaves_the_apps_telemetry_to_the_app()
    {
        var host = JsonNode.Parse(Repository.Read("src", "ServerlessMme.Functions", "host.json"))!;

        Assert.Equal("OpenTelemetry", host["telemetryMode"]!.GetValue<string>());
        // It has no effect in that mode.
        Assert.Null(host["logging"]!["applicationInsights"]);
    }

    [Fact]
    public void Host_tries_a_message_for_more_than_half_an_hour()
    {
        var queues = JsonNode.Parse(
            Repository.Read("src", "ServerlessMme.Functions", "host.json"))!["extensions"]!["queues"]!;
        var wait = TimeSpan.Parse(queues["visibilityTimeout"]!.GetValue<string>(), formatProvider: null);

        Assert.InRange(
            (queues["maxDequeueCount"]!.GetValue<int>() - 1) * wait, TimeSpan.FromMinutes(30), TimeSpan.FromHours(1));
    }

    private static IReadOnlyList<string> Known()
    {
        var sections = new RecordedSections();
        var services = new ServiceCollection();
        services.AddApp(sections);
        var bound = services.Select(service => service.ServiceType)
            .Where(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IConfigureOptions<>))
            .Select(type => type.GenericTypeArguments[0])
            .Where(type => type.Namespace!.StartsWith("ServerlessMme", StringComparison.Ordinal)).ToList();

        Assert.Equal(bound.Count, sections.Names.Count);
        return
        [
            .. bound.Zip(sections.Names).SelectMany(pair => pair.First.GetProperties()
                .Where(property => property.CanWrite || property.PropertyType.IsGenericType)
                .Select(property => $"{pair.Second}:{property.Name}")),
        ];
    }

    private static (string Key, string Value)[] Settings(Dictionary<string, string> values) =>
        [.. values.Select(pair => (pair.Key.Replace("__", ":", StringComparison.Ordinal), pair.Value))];

    /// <summary>The values of the example, which Core Tools read past its comments.</summary>
    /// <param name="identity">Whether the settings that are comments replace the connection string.</param>
    private static Dictionary<string, string> Example(bool identity)
    {
        var lines = File.ReadAllLines(ExamplePath).AsEnumerable();
        if (identity)
        {
            lines = lines.Where(line => !line.Contains("\"AzureWebJobsStorage\"", StringComparison.Ordinal))
                .Select(line => line.Replace("// \"", "\"", StringComparison.Ordinal));
        }

        var comments = new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip };
        return JsonNode.Parse(string.Join('\n', lines), documentOptions: comments)!["Values"]!.AsObject()
            .ToDictionary(pair => pair.Key, pair => pair.Value!.GetValue<string>());
    }

    /// <summary>A configuration without settings that records which sections are read, in order.</summary>
    private sealed class RecordedSections : IConfiguration
    {
        private readonly IConfigurationRoot _empty = new ConfigurationBuilder().Build();

        public List<string> Names { get; } = [];

        public string? this[string key]
        {
            get => null;
            set => throw new NotSupportedException();
        }

        public IConfigurationSection GetSection(string key)
        {
            Names.Add(key);
            return _empty.GetSection(key);
        }

        public IEnumerable<IConfigurationSection> GetChildren() => [];

        public IChangeToken GetReloadToken() => _empty.GetReloadToken();
    }
}
