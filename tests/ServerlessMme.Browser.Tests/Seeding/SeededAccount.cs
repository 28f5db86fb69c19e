using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Core.Archives;
using ServerlessMme.Core.Candidates;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Truth;
using ServerlessMme.Hosting;
using ServerlessMme.Storage.Models;
using ServerlessMme.Testing.Emulation;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Browser.Tests.Seeding;

/// <summary>
/// The account that the tests look at, filled with the product's own writers: models, an alias each way, a group,
/// 3,000 images and some that try to break the page, jobs, and poison messages.
/// </summary>
internal sealed class SeededAccount : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly EmulatedAccount _emulated;
    private readonly LabeledDrops _drops;
    private readonly string _folder;

    /// <param name="folder">For files of this object's own.</param>
    public SeededAccount(EmulatedAccount emulated, string folder)
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Mme:Storage:ConnectionString"] = emulated.ConnectionString,
            ["Mme:Artifacts:Folder"] = folder,
        }).Build();
        _services = MmeHost.CreateServices(settings).AddClassifier(settings).AddStorage(settings)
            .BuildServiceProvider();
        _emulated = emulated;
        _folder = folder;
        _drops = new LabeledDrops(emulated.Account, Get<ILabelSink>());
        Work = new Work(Get<JobRecords>(), Get<JobShards>(), Get<PoisonWriter>(), Get<ShadowStore>());
    }

    public Work Work { get; }

    public ITruthStore Truths => Get<ITruthStore>();

    public IModelCatalog Catalog => Get<IModelCatalog>();

    public JobRecords Jobs => Get<JobRecords>();

    public MessageQueues Queues => Get<MessageQueues>();

    public async Task SeedAsync()
    {
        await _emulated.Account.CreateAsync(CancellationToken.None);
        var photos = await PushAsync(Names.Photos, Repository.PathOf("models", "cifar10"));
        var signs = await PushAsync(Names.Signs, Repository.PathOf("models", "sign-language-digits"));
        await PushAsync(Names.PhotosNext, Repository.PathOf("models", "cifar10"));
        var hostile = await PushAsync(Names.Hostile, HostileFolder());
        var topics = await GroupAsync(photos, signs);
        foreach (var alias in Names.Aliases)
        {
            Assert.Null((await Get<ModelPublisher>().AliasAsync(alias, Names.Photos, CancellationToken.None)).Refusal);
        }

        await Task.WhenAll(
            Photos.SeedAsync(_drops, photos),
            FewImages.SeedSignsAsync(_drops, signs),
            FewImages.SeedTopicsAsync(_drops, topics, photos, signs),
            FewImages.SeedArchiveAsync(_drops, Get<IArchiveStore>(), photos),
            HostileData.SeedAsync(_drops, hostile, Work),
            Work.SeedJobsAsync(),
            Work.SeedPoisonAsync(),
            Work.SeedCandidatesAsync());
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    private async Task<Answerer> PushAsync(ModelName name, string folder)
    {
        var pushed = await Get<ModelPublisher>().PushAsync(name, folder, CancellationToken.None);
        Assert.Null(pushed.Refusal);
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "model.json")))!;
        return new Answerer(
            name,
            new AnsweringModel(name.Value, pushed.Value.Version, $"sha256:{new string('0', 64)}", "onnx"),
            [.. manifest["labels"]!.AsArray().Select(label => label!.GetValue<string>())]);
    }

    private async Task<Answerer> GroupAsync(params Answerer[] members)
    {
        var group = ModelGroup.Of(Names.Topics, [.. members.Select(member => member.Name)]).Value;
        var published = await Get<ModelPublisher>().GroupAsync(
            Names.Topics, group, Catalog, CancellationToken.None);
        Assert.Null(published.Refusal);
        return new Answerer(
            Names.Topics,
            new AnsweringModel(Names.Topics.Value, published.Value.Version, null, null) { Members = members.Length },
            members[0].Labels);
    }

    /// <summary>The CIFAR-10 model under labels that try to break the page.</summary>
    private string HostileFolder()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "hostile")).FullName;
        var original = Repository.PathOf("models", "cifar10");
        File.Copy(Path.Combine(original, "model.onnx"), Path.Combine(folder, "model.onnx"));
        var manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(original, "model.json")))!;
        manifest["labels"] = new JsonArray([.. HostileData.Labels.Select(label => JsonValue.Create(label))]);
        File.WriteAllText(Path.Combine(folder, "model.json"), manifest.ToJsonString());
        return folder;
    }
}
