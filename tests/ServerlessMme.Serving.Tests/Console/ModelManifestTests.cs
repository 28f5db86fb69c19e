using System.Net;
using Azure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Serving.Console.Routes;
using ServerlessMme.Serving.Tests.Support;
using ServerlessMme.Testing.Emulation;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Serving.Tests.Console;

[Collection(ConsoleCollection.Name)]
public sealed class ModelManifestTests(AzuriteFixture azurite)
{
    private static readonly ModelFiles Files = new(
        Path.Combine(Repository.Models, "cifar10", "model.json"), null, "sha256:0");

    private readonly FakeTimeProvider _time = new();

    private static CancellationToken None => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_model_whose_artifact_cannot_be_downloaded_is_listed_with_the_reason()
    {
        var catalog = new Catalog(
            _ => throw new RequestFailedException(409, "This blob is archived.", "BlobArchived", null), Model("cold"));
        await using var console = await RunningConsole.StartAsync(
            azurite.ConnectionString, change: services => services.AddSingleton<IModelCatalog>(catalog));

        var list = await console.GetAsync("/console/api/models");
        var shown = await console.GetAsync("/console/api/models/cold");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (list.Status, shown.Status));
        var item = list.Json.GetProperty("items").EnumerateArray()
            .Single(each => each.GetProperty("name").GetString() == "cold");
        Assert.Contains("BlobArchived", item.GetProperty("problem").GetString());
        Assert.Contains("BlobArchived", shown.Json.GetProperty("problem").GetString());
    }

    [Fact]
    public async Task A_failed_read_is_tried_again_after_a_minute_and_not_before()
    {
        var catalog = new Catalog(_ => throw new RequestFailedException(503, "Busy.", "ServerBusy", null));
        using var manifests = Create(catalog);
        var model = Model("m");

        await manifests.PrepareAsync([model], None);
        await manifests.PrepareAsync([model], None);
        Assert.Equal(1, catalog.Fetches("m"));
        _time.Advance(TimeSpan.FromMinutes(1));
        await manifests.PrepareAsync([model], None);

        Assert.Equal(2, catalog.Fetches("m"));
        Assert.Contains("ServerBusy", manifests.Find(model)!.Problem);
    }

    [Fact]
    public async Task A_slow_download_goes_on_while_lists_come_and_go_and_holds_up_no_other()
    {
        var slow = new TaskCompletionSource<Outcome<ModelFiles>>();
        var catalog = new Catalog(model => model.Name.Value.StartsWith("slow", StringComparison.Ordinal)
            ? slow.Task
            : Task.FromResult<Outcome<ModelFiles>>(Files));
        using var manifests = Create(catalog);
        ModelDescriptor[] models = [Model("slow-1"), Model("slow-2"), Model("slow-3"), Model("quick")];

        foreach (var _ in Enumerable.Range(0, 2))
        {
            var list = manifests.PrepareAsync(models, None);
            _time.Advance(TimeSpan.FromSeconds(3));
            await list;
        }

        Assert.Equal(10, (await manifests.ReadAsync(models[3], None)).Facts!.Labels.Count);
        Assert.Null(manifests.Find(models[0]));
        var waiting = manifests.ReadAsync(models[0], None);
        slow.SetResult(Files);
        Assert.Equal(10, (await waiting).Facts!.Labels.Count);
        Assert.All(models, model => Assert.Equal(1, catalog.Fetches(model.Name.Value)));
    }

    [Fact]
    public async Task Large_artifacts_are_downloaded_only_on_request_and_two_at_a_time()
    {
        var downloads = new TaskCompletionSource<Outcome<ModelFiles>>();
        var catalog = new Catalog(_ => downloads.Task);
        using var manifests = Create(catalog);
        var models = Enumerable.Range(1, 3).Select(i => Model($"m{i}", 64 << 20)).ToList();

        await manifests.PrepareAsync(models, None);
        Assert.Equal(0, catalog.Total);
        var reads = models.Select(model => manifests.ReadAsync(model, None)).ToList();
        Assert.Equal(2, catalog.Total);
        downloads.SetResult(Files);
        await Task.WhenAll(reads);

        Assert.Equal(3, catalog.Total);
    }

    private ModelManifests Create(IModelCatalog catalog) =>
        new(catalog, _time, NullLogger<ModelManifests>.Instance);

    private static ModelDescriptor Model(string name, long bytes = 1000) =>
        new(ModelName.Parse(name).Value, "v1", bytes);

    private sealed class Catalog(
        Func<ModelDescriptor, Task<Outcome<ModelFiles>>> fetch, params ModelDescriptor[] models) : IModelCatalog
    {
        private readonly List<string> _fetched = [];

        public int Total => _fetched.Count;

        public int Fetches(string name) => _fetched.Count(each => each == name);

        public IAsyncEnumerable<ModelDescriptor> ListAsync(CancellationToken cancellationToken) =>
            models.ToAsyncEnumerable();

        public Task<ModelDescriptor?> FindAsync(ModelName name, CancellationToken cancellationToken) =>
            Task.FromResult(Array.Find(models, model => model.Name == name));

        public Task<Outcome<ModelFiles>> FetchAsync(ModelDescriptor descriptor, CancellationToken cancellationToken)
        {
            lock (_fetched)
            {
                _fetched.Add(descriptor.Name.Value);
            }

            return fetch(descriptor);
        }
    }
}
