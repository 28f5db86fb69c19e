using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Core.Archives;
using ServerlessMme.Core.Candidates;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Core.Processing;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Requests;
using ServerlessMme.Core.Tests.Candidates;
using ServerlessMme.Core.Tests.Pipeline;
using ServerlessMme.Core.Tests.Rescore;
using ServerlessMme.Testing.Cache;
using ServerlessMme.Testing.Memory;
using FakeCatalog = ServerlessMme.Core.Tests.Pipeline.FakeCatalog;

namespace ServerlessMme.Core.Tests.Tracing;

/// <summary>A message processor on fakes, with one model, <c>m</c> and a random number.</summary>
internal sealed class TracedWorker : IDisposable
{
    private readonly FakeCatalog _catalog = new();
    private readonly ModelCache _cache;
    private readonly ShadowScorer _shadows;
    private readonly MessageProcessor _processor;

    public TracedWorker()
    {
        _catalog.Versions[Model] = "v1";
        var memory = AmpleMemory.Create();
        var none = new NoDocuments();
        _cache = new ModelCache(
            _catalog,
            new ModelLoader(_catalog, [new FakeBackendFactory()]),
            Options.Create(new ModelCacheOptions { BudgetBytes = 1 << 30 }),
            Time,
            Meters,
            NullLogger<ModelCache>.Instance);
        var classifier = new BatchClassifier(
            _cache, Preprocessor, memory, Options.Create(new PipelineOptions { Workers = 2 }), Time);
        _shadows = new ShadowScorer(
            new ShadowStore(none), classifier, Images, Time, NullLogger<ShadowScorer>.Instance);
        var (records, shards) = (new JobRecords(none), new JobShards(none));
        var queues = new MessageQueues(Queue, new RecordedQueue());
        Sender = new BatchSender(queues, Options.Create(new BatchOptions()));
        var listings = new LostListings(records, none, Sender, Time, NullLogger<LostListings>.Instance);
        var jobs = new JobTracker(
            records,
            shards,
            new JobProgress(records, shards, listings, Time, NullLogger<JobProgress>.Instance),
            Labels,
            Time,
            NullLogger<JobTracker>.Instance);
        var runner = new RequestRunner(
            classifier,
            Images,
            Labels,
            new ArchiveRuns(
                Archives, memory, Options.Create(ArchiveOptions), Options.Create(new ImageOptions()), Time),
            new RescoreWorld([]).Lister(),
            jobs,
            Sender,
            _shadows,
            new LabelMetrics(Meters, Options.Create(new ModelCacheOptions { MaxModelTags = 1 })),
            NullLogger<RequestRunner>.Instance);
        _processor = new MessageProcessor(
            runner, new PoisonWriter(queues, none, Time), NullLogger<MessageProcessor>.Instance);
    }

    public string Model { get; } = $"m{Random.Shared.NextInt64():x}";

    public TestMeters Meters { get; } = new();

    public FakeTimeProvider Time { get; } = new();

    public FakeSource Images { get; } = new();

    public FakeSink Labels { get; } = new();

    public FakeArchiveStore Archives { get; } = new();

    public ArchiveOptions ArchiveOptions { get; } = new();

    public FakePreprocessor Preprocessor { get; } = new();

    public RecordedQueue Queue { get; } = new();

    public BatchSender Sender { get; }

    /// <summary>Processes messages received together. Each must be answered.</summary>
    public async Task ProcessAsync(params string[] messages)
    {
        var failures = await _processor.ProcessAsync(
            [.. messages.Select(text => new IncomingMessage(Encoding.UTF8.GetBytes(text), 1, "id"))],
            CancellationToken.None);
        Assert.All(failures, Assert.Null);
    }

    /// <summary>A message that requests the images, in the trace.</summary>
    public string Request(string? traceParent, params string[] images) => Request(traceParent, null, images);

    public string Request(string? traceParent, string? job, string[] images) => Encoding.UTF8.GetString(
        new BatchMessage(Model, images, null, job, null, traceParent).ToJson());

    public void Dispose()
    {
        _shadows.Dispose();
        _cache.Dispose();
        Meters.Dispose();
    }
}

/// <summary>Remembers what was sent. Thread-safe.</summary>
internal sealed class RecordedQueue : IMessageQueue
{
    private readonly Lock _lock = new();
    private readonly List<string> _sent = [];

    /// <summary>The messages as plain text.</summary>
    public IReadOnlyList<string> Sent
    {
        get
        {
            lock (_lock)
            {
                return [.. _sent];
            }
        }
    }

    public Task SendAsync(ReadOnlyMemory<byte> body, TimeSpan delay, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _sent.Add(Encoding.UTF8.GetString(MessageParser.Decode(body).Span));
        }

        return Task.CompletedTask;
    }

    public Task<ReceivedMessages> ReceiveAsync(
        int maxMessages, TimeSpan visibilityTimeout, CancellationToken cancellationToken) =>
        Task.FromResult(new ReceivedMessages([], null));

    public Task<IReadOnlyList<PeekedMessage>> PeekAsync(int maxMessages, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<PeekedMessage>>([]);

    public Task<int> CountAsync(CancellationToken cancellationToken) => Task.FromResult(0);

    public Task<bool> ExistsAsync(CancellationToken cancellationToken) => Task.FromResult(true);
}
