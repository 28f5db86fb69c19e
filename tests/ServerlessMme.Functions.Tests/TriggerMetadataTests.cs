using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Functions.Triggers;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Functions.Tests;

public sealed partial class TriggerMetadataTests
{
    [Fact]
    public async Task Blob_triggers_are_off_by_default()
    {
        var functions = await TransformAsync(new TriggerOptions(), "cifar10");

        Assert.Equal(["ClassifyQueued", "Reconcile"], functions.Select(f => f.Name).Order());
    }

    [Fact]
    public async Task First_start_watches_the_container_of_the_sample_model_before_anything_is_published()
    {
        var metadata = await ReadAsync(new TriggerOptions { Blobs = true });
        var functions = Transform(metadata);

        Assert.Equal(["ClassifyDropped"], Dropped(functions).Select(f => f.Name));
        Assert.Equal("images-cifar10/{name}", PathOf(Assert.Single(Dropped(functions))));
        Assert.Equal("cifar10", metadata.Unpublished?.Value);
    }

    [Fact]
    public async Task Sample_model_keeps_the_function_that_is_written_for_it()
    {
        var metadata = await ReadAsync(new TriggerOptions { Blobs = true }, "a", "cifar10");
        var functions = Transform(metadata);

        Assert.Equal(
            [("ClassifyDropped", "images-cifar10/{name}"), ("ClassifyDropped-a", "images-a/{name}")],
            Dropped(functions).Select(f => (f.Name!, PathOf(f))).Order());
        Assert.Null(metadata.Unpublished);
    }

    [Fact]
    public async Task Sample_model_has_no_trigger_where_only_others_are_published()
    {
        var functions = await TransformAsync(new TriggerOptions { Blobs = true }, "a");

        Assert.Equal(["ClassifyDropped-a"], Dropped(functions).Select(f => f.Name));
    }

    [Fact]
    public void Attribute_names_the_container_of_the_sample_model()
    {
        var trigger = typeof(ClassifyDropped).GetMethod(nameof(ClassifyDropped.RunAsync))!.GetParameters()
            .Select(parameter => parameter.GetCustomAttribute<BlobTriggerAttribute>()).OfType<BlobTriggerAttribute>();

        Assert.Equal("images-cifar10/{name}", Assert.Single(trigger).BlobPath);
        Assert.True(Directory.Exists(Repository.PathOf("models", "cifar10")));
    }

    [Theory]
    [InlineData(DropSource.Polling, "LogsAndContainerScan")]
    [InlineData(DropSource.EventGrid, "EventGrid")]
    public async Task Each_model_gets_a_function_of_its_own_with_the_same_entry_point(
        DropSource source, string expected)
    {
        var functions = await TransformAsync(
            new TriggerOptions { Blobs = true, BlobSource = source }, "1st-model", "cifar10", new string('a', 56));

        var dropped = Dropped(functions);
        Assert.Equal(3, dropped.Count);
        Assert.All(dropped, f => Assert.Matches(LegalName(), f.Name));
        Assert.All(dropped, f => Assert.Equal("ServerlessMme.Functions.ClassifyDropped.RunAsync", f.EntryPoint));
        var binding = JsonNode.Parse(dropped.Single(f => f.Name == "ClassifyDropped-1st-model").RawBindings![0])!;
        Assert.Equal("images-1st-model/{name}", binding["path"]!.GetValue<string>());
        Assert.Equal(expected, binding["source"]!.GetValue<string>());
        Assert.Equal("True", binding["properties"]!["supportsDeferredBinding"]!.GetValue<string>());
    }

    [Fact]
    public async Task More_models_than_may_have_a_trigger_are_refused_with_the_way_out()
    {
        var models = Enumerable.Range(0, 201).Select(i => $"model-{i}").ToArray();

        var refused = await Assert.ThrowsAsync<TooManyTriggersException>(
            () => TransformAsync(new TriggerOptions { Blobs = true }, models));

        Assert.Equal(
            "Mme:Triggers:Blobs supports at most 200 models, because each model needs its own blob trigger, but 201 "
            + "are published. Set it to false, and send the account's blob-created events to the queue 'classify' with "
            + "one Event Grid subscription (docs/azure.md).",
            refused.Message);
    }

    [Fact]
    public async Task Timer_gets_its_schedule_from_the_settings_and_keeps_its_retries()
    {
        var functions = await TransformAsync(new TriggerOptions { ReconcileSchedule = "0 */5 * * * *" });

        var timer = functions.Single(f => f.Name == "Reconcile");
        Assert.Equal("0 */5 * * * *", JsonNode.Parse(timer.RawBindings![0])!["schedule"]!.GetValue<string>());
        Assert.NotNull(timer.Retry);
    }

    private static async Task<List<IFunctionMetadata>> TransformAsync(
        TriggerOptions options, params string[] models) => Transform(await ReadAsync(options, models));

    private static async Task<TriggerMetadata> ReadAsync(TriggerOptions options, params string[] models)
    {
        var metadata = new TriggerMetadata(
            Options.Create(options), new Lazy<IModelCatalog>(() => new Catalog(models)));
        await metadata.ReadModelsAsync(TestContext.Current.CancellationToken);
        return metadata;
    }

    private static List<IFunctionMetadata> Dropped(List<IFunctionMetadata> functions) =>
        [.. functions.Where(f => f.Name!.StartsWith("ClassifyDropped", StringComparison.Ordinal))];

    private static string PathOf(IFunctionMetadata function) =>
        JsonNode.Parse(function.RawBindings![0])!["path"]!.GetValue<string>();

    private static List<IFunctionMetadata> Transform(TriggerMetadata metadata)
    {
        List<IFunctionMetadata> functions =
        [
            Function("ClassifyDropped", """
                {"name":"drop","direction":"In","type":"blobTrigger","path":"images-cifar10/{name}",
                 "properties":{"supportsDeferredBinding":"True"}}
                """),
            Function("ClassifyQueued", """{"name":"message","type":"queueTrigger","queueName":"classify"}"""),
            Function("Reconcile", """{"name":"timer","type":"timerTrigger","schedule":"0 0 * * * *"}"""),
        ];
        metadata.Transform(functions);
        return functions;
    }

    private static DefaultFunctionMetadata Function(string name, string binding) => new()
    {
        Name = name,
        EntryPoint = $"ServerlessMme.Functions.{name}.RunAsync",
        RawBindings = [binding],
        Retry = name == "Reconcile" ? new Retries() : null,
    };

    [GeneratedRegex("^[a-z][a-z0-9_\\-]{0,127}$", RegexOptions.IgnoreCase)]
    private static partial Regex LegalName();

    private sealed class Retries : IRetryOptions
    {
        public int MaxRetryCount => 3;
    }

    private sealed class Catalog(string[] models) : IModelCatalog
    {
        public IAsyncEnumerable<ModelDescriptor> ListAsync(CancellationToken cancellationToken) => models
            .Select(name => new ModelDescriptor(ModelName.Parse(name).Value, "v1", 1)).ToAsyncEnumerable();

        public Task<ModelDescriptor?> FindAsync(ModelName name, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<Outcome<ModelFiles>> FetchAsync(
            ModelDescriptor descriptor, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
