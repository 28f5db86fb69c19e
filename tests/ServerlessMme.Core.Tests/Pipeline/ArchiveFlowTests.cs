using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Core.Archives;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Core.Requests;
using ServerlessMme.Core.Tests.Archives;
using ServerlessMme.Testing.Cache;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Memory;

namespace ServerlessMme.Core.Tests.Pipeline;

public sealed class ArchiveFlowTests : IDisposable
{
    private const int Timeout = 30_000;
    private const string Name = "holiday.zip";

    private readonly FakeCatalog _catalog = new();
    private readonly FakeArchiveStore _store = new();
    private readonly FakeTimeProvider _time = new();
    private readonly TestMeters _meters = new();
    private readonly ModelCache _cache;
    private readonly ModelName _model = ModelName.Parse("m").Value;
    private readonly SlowPreprocessor _preprocessor = new();
    private readonly WorkingMemory _memory = AmpleMemory.Create();
    private readonly ArchiveOptions _options = new() { CheckpointLines = 50 };

    public ArchiveFlowTests()
    {
        _catalog.Versions["m"] = "v1";
        _cache = new ModelCache(
            _catalog,
            new ModelLoader(_catalog, [new FakeBackendFactory()]),
            Options.Create(new ModelCacheOptions { BudgetBytes = 1 << 30 }),
            _time,
            _meters,
            NullLogger<ModelCache>.Instance);
    }

    /// <summary>However a run ended, it holds no memory.</summary>
    public void Dispose()
    {
        _cache.Dispose();
        _meters.Dispose();
        AmpleMemory.AssertUnused(_memory);
    }

    [Fact(Timeout = Timeout)]
    public async Task Every_entry_has_its_line_in_the_archives_order()
    {
        Put(3000);

        var result = await RunAsync();

        Assert.Equal(ArchiveState.Complete, result.State);
        AssertLines(3000);
        Assert.Equal(3000, result.Counts.Done + result.Counts.Refused);
        Assert.Equal(60, _store.Keeps);
    }

    [Fact(Timeout = Timeout)]
    public async Task Large_entries_are_read_one_at_a_time_where_memory_allows_one()
    {
        var large = new byte[(int)_memory.Images.SmallBytes + 1];
        new Random(16).NextBytes(large);
        using var others = await _memory.Images.AcquireAsync(
            _memory.Images.LargestBytes - new ImageOptions().ReadingBytes, CancellationToken.None);
        _store.Archives[Name] = TestArchives.Zip(
            [("a.jpg", large), ("b.jpg", "4"u8.ToArray()), ("c.jpg", large), ("d.jpg", large)]);

        var result = await RunAsync();

        Assert.Equal((ArchiveState.Complete, 1, 3), (result.State, result.Counts.Done, result.Counts.Refused));
    }

    [Fact(Timeout = Timeout)]
    public async Task An_archive_whose_entries_wait_keeps_no_large_image_waiting()
    {
        _preprocessor.Blocked = "7";
        _store.Archives[Name] = TestArchives.Zip(TestArchives.Numbers(2000));
        var running = RunAsync();
        await _preprocessor.HasBlocked.Task;

        using (await _memory.Images.AcquireAsync(_memory.Images.LargestBytes, CancellationToken.None))
        {
            Assert.False(running.IsCompleted);
        }

        _preprocessor.Release.SetResult();
        Assert.Equal(ArchiveState.Complete, (await running).State);
    }

    [Fact(Timeout = Timeout)]
    public async Task Lines_and_summary_obey_their_schemas()
    {
        var entries = TestArchives.Numbers(20).Append(("x/not.jpg", "hello"u8.ToArray())).ToList();
        var zip = TestArchives.Zip(entries);
        zip[zip.AsSpan().IndexOf("PK\x05\x06"u8)] = 0;
        _store.Archives[Name] = zip;

        await RunAsync();

        foreach (var line in _store.Lines)
        {
            Assert.Equal("", await SchemaCheck.ProblemsAsync("label", line.Replace(
                "sha256:v1", $"sha256:{new string('0', 64)}", StringComparison.Ordinal)));
        }

        using var summary = JsonDocument.Parse(_store.Summary!);
        Assert.Equal("", await SchemaCheck.ProblemsAsync("summary", _store.Summary!.Replace(
            "sha256:v1", $"sha256:{new string('0', 64)}", StringComparison.Ordinal)));
        Assert.Equal(21, summary.RootElement.GetProperty("entries").GetInt64());
        Assert.Equal("""{"a":10,"b":9}""", summary.RootElement.GetProperty("labels").GetRawText());
        Assert.Equal(
            """{"InferenceFailed":1,"NotAnImage":1}""", summary.RootElement.GetProperty("errors").GetRawText());
        Assert.Equal("DamagedArchive", summary.RootElement.GetProperty("error").GetProperty("code").GetString());
        using var last = JsonDocument.Parse(_store.Lines[^1]);
        Assert.Equal("holiday.zip/x/not.jpg", last.RootElement.GetProperty("image").GetProperty("name").GetString());
        Assert.Equal("0x1", last.RootElement.GetProperty("image").GetProperty("etag").GetString());
    }

    [Fact(Timeout = Timeout)]
    public async Task A_try_that_fails_in_the_middle_is_resumed_after_the_lines_it_kept()
    {
        Put(1000);
        _store.BeforeKeep = count => _ = count is 5 or 9 ? throw new IOException("Storage is gone.") : count;

        for (var tries = 0; tries < 2; tries++)
        {
            Assert.Equal("Storage is gone.", (await Assert.ThrowsAsync<IOException>(RunAsync)).Message);
        }

        Assert.Equal(350, _store.Lines.Count);
        _preprocessor.Decoded = 0;
        var result = await RunAsync();

        Assert.Equal(ArchiveState.Complete, result.State);
        AssertLines(1000);
        Assert.Equal(650, _preprocessor.Decoded);
        AssertSummed(1000);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_cancelled_try_is_resumed_after_the_lines_it_kept()
    {
        Put(1000);
        using var stop = new CancellationTokenSource();
        _store.BeforeKeep = count => _ = count == 4 ? Cancel(stop) : 0;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(stop.Token));
        Assert.InRange(_store.Lines.Count, 200, 999);
        await RunAsync();

        AssertLines(1000);
        AssertSummed(1000);
    }

    [Fact(Timeout = Timeout)]
    public async Task An_archive_is_put_off_after_its_time_slice_and_goes_on_in_its_turn()
    {
        Put(1000);
        _preprocessor.Advance = () => _time.Advance(_options.TimeSlice / 300);
        var states = new List<ArchiveState>();
        do
        {
            states.Add((await RunAsync()).State);
            Assert.InRange(states.Count, 1, 20);
        }
        while (states[^1] == ArchiveState.Paused);

        Assert.InRange(states.Count, 2, 5);
        AssertLines(1000);
        AssertSummed(1000);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_slow_entry_bounds_what_is_read_ahead_of_it()
    {
        Put(5000);
        _preprocessor.Blocked = "7";
        var running = RunAsync();

        await _preprocessor.HasBlocked.Task;
        // All that may be ahead of the slow entry is done; the rest of the archive waits.
        while (_preprocessor.Decoded < 900)
        {
            await Task.Yield();
        }

        Assert.InRange(_preprocessor.Decoded, 900, 1031);
        _preprocessor.Release.SetResult();
        await running;

        AssertLines(5000);
    }

    [Fact(Timeout = Timeout)]
    public async Task Without_a_model_every_entry_is_refused_with_the_reason()
    {
        _catalog.Versions.Clear();
        Put(100);

        await RunAsync();

        Assert.Equal(100, _store.Lines.Count);
        Assert.Contains("\"errors\":{\"ModelNotFound\":100}", _store.Summary, StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_missing_archive_has_a_summary_that_says_so()
    {
        await RunAsync();

        Assert.Empty(_store.Lines);
        Assert.Contains("\"code\":\"ImageNotFound\"", _store.Summary, StringComparison.Ordinal);
        Assert.Equal("", await SchemaCheck.ProblemsAsync("summary", _store.Summary!.Replace(
            "sha256:v1", $"sha256:{new string('0', 64)}", StringComparison.Ordinal)));
    }

    [Fact(Timeout = Timeout)]
    public async Task A_current_answer_is_left_alone()
    {
        Put(10);
        await RunAsync();

        Assert.Equal(ArchiveState.Current, (await RunAsync()).State);
    }

    private static int Cancel(CancellationTokenSource stop)
    {
        stop.Cancel();
        return 0;
    }

    private void Put(int entries) => _store.Archives[Name] = TestArchives.Zip(TestArchives.Numbers(entries));

    private void AssertLines(int count)
    {
        var names = _store.Lines.Select(line =>
        {
            using var label = JsonDocument.Parse(line);
            return label.RootElement.GetProperty("image").GetProperty("name").GetString()!;
        });
        Assert.Equal(TestArchives.Numbers(count).Select(entry => $"{Name}/{entry.Name}"), names);
    }

    private void AssertSummed(long count)
    {
        using var summary = JsonDocument.Parse(_store.Summary!);
        Assert.Equal(count, summary.RootElement.GetProperty("entries").GetInt64());
        Assert.Equal(count, ((string[])["labels", "errors"]).Sum(member =>
            summary.RootElement.GetProperty(member).EnumerateObject().Sum(property => property.Value.GetInt64())));
    }

    private Task<ArchiveResult> RunAsync() => RunAsync(CancellationToken.None);

    private Task<ArchiveResult> RunAsync(CancellationToken cancellationToken)
    {
        var classifier = new BatchClassifier(
            _cache, _preprocessor, _memory, Options.Create(new PipelineOptions { Workers = 3 }), _time);
        var runs = new ArchiveRuns(
            _store, _memory, Options.Create(_options), Options.Create(new ImageOptions()), _time);
        return classifier.RunAsync(new ClassifyRequest(_model, [], Archive: Name), runs, null, cancellationToken);
    }

    /// <summary>Takes the last digit of an image's number, and can be held up.</summary>
    private sealed class SlowPreprocessor : IImagePreprocessor
    {
        public int Decoded;

        public string? Blocked { get; set; }

        public TaskCompletionSource HasBlocked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Release { get; } = new();

        public Action Advance { get; set; } = () => { };

        public async ValueTask<Refusal?> FillAsync(
            EncodedImage image, InputSpec input, TensorBatch tensors, int row, CancellationToken cancellationToken)
        {
            var text = Encoding.UTF8.GetString(image.Bytes.Span);
            if (text == Blocked)
            {
                HasBlocked.TrySetResult();
                await Release.Task;
            }

            Advance();
            Interlocked.Increment(ref Decoded);
            if (!int.TryParse(text, out var number))
            {
                return new Refusal(ErrorCode.NotAnImage, "It is no number.");
            }

            tensors.Row(row)[0] = (byte)(number % 50);
            return null;
        }
    }
}
