using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Core.Requests;
using ServerlessMme.Testing.Cache;
using ServerlessMme.Testing.Memory;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Core.Tests.Pipeline;

public sealed class BatchClassifierTests : IDisposable
{
    private const int Timeout = 30_000;

    private readonly FakeCatalog _catalog = new();
    private readonly FakeBackendFactory _backend = new();
    private readonly FakeSource _source = new();
    private readonly FakeSink _sink = new();
    private readonly FakeTimeProvider _time = new();
    private readonly TestMeters _meters = new();
    private readonly WorkingMemory _memory = AmpleMemory.Create();
    private readonly ModelCache _cache;
    private readonly BatchClassifier _classifier;
    private readonly ModelName _model = ModelName.Parse("m").Value;

    public BatchClassifierTests()
    {
        _catalog.Versions["m"] = "v1";
        _cache = new ModelCache(
            _catalog,
            new ModelLoader(_catalog, [_backend], memory: _memory),
            Options.Create(new ModelCacheOptions { BudgetBytes = 1 << 30 }),
            _time,
            _meters,
            NullLogger<ModelCache>.Instance);
        _classifier = new BatchClassifier(
            _cache, new FakePreprocessor(), _memory, Options.Create(new PipelineOptions { Workers = 2 }), _time);
    }

    /// <summary>However a run ended, it holds no memory.</summary>
    public void Dispose()
    {
        _cache.Dispose();
        _meters.Dispose();
        AmpleMemory.AssertUnused(_memory);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_run_waits_until_there_is_memory_for_it()
    {
        _backend.RunBytesPerImage = (int)_memory.Runs.SmallBytes;
        _source.Images["a"] = "1";
        _source.Images["b"] = "2";
        var all = await _memory.Runs.AcquireAsync(_memory.Runs.LargestBytes, CancellationToken.None);

        var running = RunAsync("a", "b");
        await Eventually.GetAsync(TimeSpan.FromSeconds(20), "waiting micro-batch", () =>
            Task.FromResult(_memory.Runs.QueuedBytes > 0 ? "" : null));
        Assert.Empty(_sink.Labels);
        all.Dispose();

        Assert.Equal(new BatchCounts(2, 0, 0), await running);
    }

    [Fact(Timeout = Timeout)]
    public async Task Micro_batches_shrink_until_two_fit_side_by_side()
    {
        _backend.RunBytesPerImage = (int)(_memory.Runs.LargestBytes / 5);
        for (var i = 0; i < 8; i++)
        {
            _source.Images[$"{i}"] = $"{i}";
        }

        Assert.Equal(new BatchCounts(8, 0, 0), await RunAsync([.. _source.Images.Keys]));
        Assert.All(_backend.BatchSizes, size => Assert.InRange(size, 1, 2));
    }

    [Fact(Timeout = Timeout)]
    public async Task A_model_whose_run_can_never_fit_is_refused()
    {
        _backend.RunBytesPerImage = (int)_memory.Runs.LargestBytes + 1;
        _source.Images["a"] = "1";

        Assert.Equal(new BatchCounts(0, 1, 0), await RunAsync("a"));

        var error = _sink.Labels["a"].Error;
        Assert.Equal(ErrorCode.ModelTooLarge, error?.Code);
        Assert.EndsWith(
            "(9/16 of Mme:Memory:ScoringBytes). Raise the setting or publish a smaller model.", error?.Message,
            StringComparison.Ordinal);
        Assert.Equal(1, _backend.Disposed);
    }

    [Fact(Timeout = Timeout)]
    public async Task Every_image_gets_its_label()
    {
        for (var i = 0; i < 90; i++)
        {
            _source.Images[$"{i}"] = $"{i}";
        }

        var counts = await RunAsync([.. _source.Images.Keys]);

        Assert.Equal(new BatchCounts(89, 1, 0), counts);
        Assert.Equal(90, _sink.Labels.Count);
        Assert.All(
            _sink.Labels.Where(label => label.Key != "13"),
            label => Assert.Equal(int.Parse(label.Key) % 2 == 1 ? "b" : "a", label.Value.Top[0].Label));
        Assert.Equal("v1", _sink.Labels["1"].Model.Version);
        Assert.Equal(_time.GetUtcNow(), _sink.Labels["1"].ClassifiedAt);
        Assert.All(_backend.BatchSizes, size => Assert.InRange(size, 1, 4));
    }

    [Fact(Timeout = Timeout)]
    public async Task One_bad_image_does_not_fail_its_batch()
    {
        _source.Images["good"] = "1";
        _source.Images["bad"] = "x";
        _source.Images["thirteen"] = "13";

        var counts = await RunAsync("bad", "gone", "thirteen", "good");

        Assert.Equal(new BatchCounts(1, 3, 0), counts);
        Assert.Equal(ErrorCode.NotAnImage, _sink.Labels["bad"].Error?.Code);
        Assert.Equal(ErrorCode.ImageNotFound, _sink.Labels["gone"].Error?.Code);
        Assert.Equal(ErrorCode.InferenceFailed, _sink.Labels["thirteen"].Error?.Code);
        Assert.Null(_sink.Labels["good"].Error);
    }

    [Fact(Timeout = Timeout)]
    public async Task Images_without_a_model_get_the_refusal_as_their_label()
    {
        _catalog.Versions.Clear();
        _source.Images["a"] = "1";

        Assert.Equal(new BatchCounts(0, 1, 0), await RunAsync("a"));
        Assert.Equal(ErrorCode.ModelNotFound, _sink.Labels["a"].Error?.Code);
        Assert.Null(_sink.Labels["a"].Model.Version);
    }

    [Fact(Timeout = Timeout)]
    public async Task Images_of_a_removed_model_keep_their_answers()
    {
        _source.Images["answered"] = "1";
        _source.Images["gone"] = "2";
        await RunAsync("answered", "gone");
        _catalog.Versions.Clear();
        _time.Advance(TimeSpan.FromHours(1));
        _source.Images["new"] = "2";
        _source.Images.Remove("gone");

        Assert.Equal(new BatchCounts(0, 1, 2), await RunAsync("answered", "gone", "new"));

        Assert.Null(_sink.Labels["answered"].Error);
        Assert.Null(_sink.Labels["gone"].Error);
        Assert.Equal(ErrorCode.ModelNotFound, _sink.Labels["new"].Error?.Code);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_model_published_after_a_refusal_answers_the_next_request()
    {
        _catalog.Versions.Clear();
        _source.Images["a"] = "1";
        await RunAsync("a");
        _catalog.Versions["m"] = "v1";

        Assert.Equal(new BatchCounts(1, 0, 0), await RunAsync("a"));
    }

    [Fact(Timeout = Timeout)]
    public async Task A_current_label_is_left_alone_when_asked_to()
    {
        _source.Images["a"] = "1";
        _source.Images["b"] = "2";
        await RunAsync("a", "b");
        _source.Images["b"] = "4";

        var counts = await RunAsync(new ClassifyRequest(_model, ["a", "b"], SkipLabeled: true));

        Assert.Equal(new BatchCounts(1, 0, 1), counts);
        Assert.Equal(3, _source.Reads);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_label_of_another_model_version_is_made_anew()
    {
        _source.Images["a"] = "1";
        await RunAsync("a");
        _catalog.Versions["m"] = "v2";

        var counts = await RunAsync(new ClassifyRequest(_model, ["a"], Version: "v2", SkipLabeled: true));

        Assert.Equal(new BatchCounts(1, 0, 0), counts);
        Assert.Equal("v2", _sink.Labels["a"].Model.Version);
    }

    [Fact(Timeout = Timeout)]
    public async Task Trouble_with_the_endpoint_is_thrown_and_not_written()
    {
        _source.Images["a"] = "99";

        var thrown = await Assert.ThrowsAsync<IOException>(() => RunAsync("a"));

        Assert.Equal("The endpoint is gone.", thrown.Message);
        Assert.Empty(_sink.Labels);
    }

    [Fact(Timeout = Timeout)]
    public async Task Trouble_with_writing_is_thrown_however_much_waits_behind_it()
    {
        for (var i = 0; i < 500; i++)
        {
            _source.Images[$"{i}"] = "1";
        }

        _sink.Failure = new IOException("The disk is full.");

        var thrown = await Assert.ThrowsAsync<IOException>(() => RunAsync([.. _source.Images.Keys]));

        Assert.Equal("The disk is full.", thrown.Message);
    }

    [Fact(Timeout = Timeout)]
    public async Task Cancelling_ends_the_batch()
    {
        _source.Images["a"] = "1";
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _classifier.RunAsync(
            new ClassifyRequest(_model, ["a"]), _source, _sink, null, cancelled.Token));
    }

    [Fact(Timeout = Timeout)]
    public async Task The_top_of_a_request_wins_over_the_manifest()
    {
        _source.Images["a"] = "1";

        await RunAsync(new ClassifyRequest(_model, ["a"], Top: 2));

        Assert.Equal(["b", "a"], _sink.Labels["a"].Top.Select(scored => scored.Label));
    }

    private Task<BatchCounts> RunAsync(params string[] images) => RunAsync(new ClassifyRequest(_model, images));

    private Task<BatchCounts> RunAsync(ClassifyRequest request) =>
        _classifier.RunAsync(request, _source, _sink, null, CancellationToken.None);
}
