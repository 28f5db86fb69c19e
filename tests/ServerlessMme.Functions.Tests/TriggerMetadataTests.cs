using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Functions.Triggers;

namespace ServerlessMme.Functions.Tests;

public sealed partial class TriggerMetadataTests
{
    [Fact]
    public async Task Blob_triggers_are_off_by_default_and_the_placeholder_is_taken_out()
    {
        var functions = await TransformAsync(new TriggerOptions(), "cifar10");

        Assert.Equal(["ClassifyQueued", "Reconcile"], functions.Select(f => f.Name).Order());
    }

    [Theory]
    [InlineData(DropSource.Polling, "LogsAndContainerScan")]
    [InlineData(DropSource.EventGrid, "EventGrid")]
    public async Task Each_model_gets_a_function_of_its_own_with_the_same_entry_point(
        DropSource source, string expected)
    {
        var functions = await TransformAsync(
            new TriggerOptions { Blobs = true, BlobSource = source }, "1st-model", "cifar10", new string('a', 56));

        var dropped = functions.Where(f => f.Name!.StartsWith("ClassifyDropped", StringComparison.Ordinal)).ToList();
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
            "Mme:Triggers:Blobs gives each model a blob trigger, for at most 200 models, and 201 are published. Set it "
            + "to false, and send the account's blob-created events to the queue 'classify' with one Event Grid "
            + "subscription (docs/azure.md).",
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

    private static async Task<List<IFunctionMetadata>> TransformAsync(TriggerOptions options, params string[] models)
    {
        var metadata = new TriggerMetadata(Options.Create(options), new Catalog(models));
        await metadata.ReadModelsAsync(TestContext.Current.CancellationToken);
        List<IFunctionMetadata> functions =
        [
            Function("ClassifyDropped", """
                {"name":"drop","direction":"In","type":"blobTrigger","path":"images-of-each-model/{name}",
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
