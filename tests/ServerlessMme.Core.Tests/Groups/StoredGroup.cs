using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Artifacts;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Reconcile;
using ServerlessMme.Core.Requests;
using ServerlessMme.Core.Rescore;
using ServerlessMme.Core.Tests.Jobs;
using ServerlessMme.Core.Tests.Processing;
using ServerlessMme.Storage;
using ServerlessMme.Storage.Documents;
using ServerlessMme.Storage.Images;
using ServerlessMme.Storage.Labels;
using ServerlessMme.Storage.Models;
using ServerlessMme.Storage.Queues;
using ServerlessMme.Storage.Reconcile;
using ServerlessMme.Testing.Cache;
using ServerlessMme.Testing.Memory;

namespace ServerlessMme.Core.Tests.Groups;

/// <summary>A group in storage, with a worker whose models are fakes.</summary>
internal sealed class StoredGroup : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly string _root = Directory.CreateTempSubdirectory("mme-stored-group-").FullName;
    private readonly string _prefix = $"g{Guid.NewGuid():n}"[..10];
    private readonly StorageAccount _account;
    private readonly TestMeters _meters = new();
    private readonly WorkingMemory _memory = AmpleMemory.Create();
    private readonly ModelPublisher _publisher;
    private readonly ModelCache _cache;
    private readonly BatchClassifier _classifier;

    /// <param name="observed">The account as the worker sees it; null for the same.</param>
    public StoredGroup(StorageAccount account, StorageAccount? observed = null)
    {
        _account = account;
        Worker = observed ?? account;
        Name = ModelName.Parse($"{_prefix}-all").Value;
        Labels = new BlobLabelSink(Worker);
        Ledger = new Ledger(account, Labels);
        _publisher = new ModelPublisher(account);
        var options = Options.Create(new ArtifactOptions { Folder = Path.Combine(_root, "unpacked") });
        Catalog = new BlobModelCatalog(Worker, new ArtifactFolder(options));
        _cache = new ModelCache(
            Catalog,
            new ModelLoader(Catalog, [Backends]),
            Options.Create(new ModelCacheOptions { BudgetBytes = 1 << 30 }),
            TimeProvider.System,
            _meters,
            NullLogger<ModelCache>.Instance);
        _classifier = new BatchClassifier(
            _cache, new CountingPreprocessor(), _memory, Options.Create(new PipelineOptions()), TimeProvider.System);
    }

    public StorageAccount Worker { get; }

    public ModelName Name { get; }

    public BlobModelCatalog Catalog { get; }

    public BlobLabelSink Labels { get; }

    public Ledger Ledger { get; }

    public ScoringBackends Backends { get; } = new();

    private BatchSender Sender => new(StorageMessageQueue.Of(_account), Options.Create(new BatchOptions()));

    public string Member(int i) => $"{_prefix}-m{i}";

    /// <summary>How often a member scored an image.</summary>
    public int Scored(int member) =>
        Backends.Scored.Count(scored => scored.StartsWith(Member(member) + "@", StringComparison.Ordinal));

    /// <summary>Publishes the group, and members of it.</summary>
    public async Task PublishAsync(int members)
    {
        for (var i = 0; i < members; i++)
        {
            await PushAsync(i, "1");
        }

        var group = ModelGroup.Of(Name, $"{_prefix}-m").Value;
        Assert.Equal(members, (await _publisher.GroupAsync(Name, group, Catalog, None)).Value.Members!.Count);
        await _account.Classify.ClearMessagesAsync();
    }

    public async Task PushAsync(int member, string content)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_root, "pushed")).FullName;
        File.WriteAllText(
            Path.Combine(folder, "model.json"),
            """{"labels":["a","b"],"input":{"width":1,"height":1,"channels":"grey","type":"uint8"},"top":2}""");
        File.WriteAllText(Path.Combine(folder, "model.onnx"), content);
        Assert.Null((await _publisher.PushAsync(ModelName.Parse(Member(member)).Value, folder, None)).Refusal);
    }

    public Task DropAsync(string name, BinaryData content) =>
        _account.ImagesOf(Name).GetBlobClient(name).UploadAsync(content, overwrite: true);

    public async Task DropAsync(int images)
    {
        for (var i = 0; i < images; i++)
        {
            await DropAsync($"{i}.jpg", BinaryData.FromString($"{i}"));
        }
    }

    public async Task SweepAsync()
    {
        var reconciler = new Reconciler(
            new BlobDropListing(_account), Catalog, Sender, Options.Create(new ReconcileOptions()),
            new ReconcileMetrics(_meters), TimeProvider.System, NullLogger<Reconciler>.Instance);
        await reconciler.SweepAsync(None);
    }

    /// <summary>Starts a re-scoring job and sends its messages.</summary>
    public async Task<Job> RescoreAsync(bool changedOnly)
    {
        var documents = new BlobDocumentStore(_account);
        var drops = new BlobDropListing(_account);
        var rescorer = new Rescorer(
            new RescoreImages(drops, new StaleImages(drops)),
            new LatestRescores(documents, Ledger.Records),
            new JobSender(Ledger.Records, Ledger.Shards, Ledger.Progress, Sender, TimeProvider.System),
            Ledger.Progress,
            Sender,
            NullLogger<Rescorer>.Instance);
        var asked = new NewJob(
            JobKind.Rescore, Name, new JobAsked(ChangedOnly: changedOnly), "a test", Job.NoThreshold);
        var job = (await rescorer.StartAsync(null, asked, None))!;
        return await rescorer.SendAsync(job, (await Catalog.FindAsync(Name, None))!, None);
    }

    /// <summary>Answers the queue's messages for this group until there are none.</summary>
    public async Task WorkAsync()
    {
        var processor = Processors.Create(
            Worker,
            _classifier,
            new BlobImageSource(Worker, _memory, Options.Create(new ImageOptions())),
            Labels,
            Processors.Poison(_account),
            Ledger.Messages);
        while ((await _account.Classify.ReceiveMessagesAsync(32)).Value is { Length: > 0 } messages)
        {
            var own = messages.Where(message =>
                MessageParser.Parse(message.Body.ToMemory()).Value.Requests[0].Model == Name);
            var failures = await processor.ProcessAsync(
                [.. own.Select(message => new IncomingMessage(message.Body.ToMemory(), 1))], None);
            Assert.All(failures, Assert.Null);
            foreach (var message in messages)
            {
                await _account.Classify.DeleteMessageAsync(message.MessageId, message.PopReceipt);
            }
        }
    }

    public async Task<LabelStamp> StampAsync(string image) => (await Labels.FindAsync(Name, image, None))!;

    public async Task<string> ReadAsync(string blob)
    {
        BlobDownloadResult content = await _account.LabelsOf(Name).GetBlobClient(blob).DownloadContentAsync();
        return content.Content.ToString();
    }

    public void Dispose()
    {
        _cache.Dispose();
        _meters.Dispose();
        AmpleMemory.AssertUnused(_memory);
        Directory.Delete(_root, recursive: true);
    }
}
