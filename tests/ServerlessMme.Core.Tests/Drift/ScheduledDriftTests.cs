using System.ComponentModel.DataAnnotations;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Core.Drift;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Reconcile;
using ServerlessMme.Core.Review;
using ServerlessMme.Storage.Documents;
using ServerlessMme.Testing.Cache;
using ServerlessMme.Testing.Emulation;

namespace ServerlessMme.Core.Tests.Drift;

public sealed class ScheduledDriftTests(AzuriteFixture azurite) : IDropListing, ILabelReader, ILogger<ScheduledDrift>
{
    private const int Timeout = 60_000;
    private const string Nightly = "0 0 4 * * *";
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly List<LabelStamp> _labels = [];
    private readonly List<string> _log = [];
    private readonly FakeTimeProvider _time = new(Today);
    private int _listings;

    // The windows follow the storage's clock, which is that of this machine; the schedule follows the test's clock.
    private static DateTimeOffset Today => new(2026, 11, 24, 0, 0, 0, TimeSpan.Zero);

    [Fact(Timeout = Timeout)]
    public async Task Of_many_processes_one_checks_and_reports_what_drifted()
    {
        var model = await azurite.CreateModelAsync();
        Shift();
        using var meters = new TestMeters();
        var processes = Enumerable.Range(0, 4).Select(_ => Create(model, meters)).ToList();

        await Task.WhenAll(processes.Select(process => process.RunDueAsync(None)));
        await Task.WhenAll(processes.Select(process => process.RunDueAsync(None)));

        Assert.Equal(1, _listings);
        Assert.Equal([1], meters.Values(DriftMetrics.DriftFound, model.Value));
        Assert.Equal(0.165, Assert.Single(meters.Values(DriftMetrics.DriftPsi, model.Value)), 0.01);
        var line = Assert.Single(_log);
        Assert.StartsWith(
            $"Warning: The answers of {model} have drifted. The share of 'ship' rose from 10.0% to 25.0%.",
            line,
            StringComparison.Ordinal);
        var record = await RecordAsync(model);
        Assert.True((bool)record["isDrift"]!);
        Assert.Equal("2026-11-24T04:00:00+00:00", (string)record["due"]!);
        Assert.Equal(3, record["findings"]!.AsArray().Count);
    }

    [Fact(Timeout = Timeout)]
    public async Task The_next_check_overwrites_the_record_of_the_last()
    {
        var model = await azurite.CreateModelAsync();
        Shift();
        using var meters = new TestMeters();
        var first = Create(model, meters);
        await first.RunDueAsync(None);
        _time.Advance(TimeSpan.FromDays(1));

        await first.RunDueAsync(None);
        await Create(model, meters).RunDueAsync(None);

        Assert.Equal(2, _listings);
        Assert.Equal("2026-11-25T04:00:00+00:00", (string)(await RecordAsync(model))["due"]!);
    }

    [Theory(Timeout = Timeout)]
    [InlineData(-2)]
    [InlineData(61)]
    public async Task A_check_that_is_not_due_or_long_past_is_not_done(int minutes)
    {
        var model = await azurite.CreateModelAsync();
        using var meters = new TestMeters();

        await Create(model, meters, minutes).RunDueAsync(None);

        Assert.Equal(0, _listings);
    }

    [Fact(Timeout = Timeout)]
    public async Task Too_few_answers_are_a_log_line_and_no_metric()
    {
        var model = await azurite.CreateModelAsync();
        Add(TimeSpan.FromDays(1), 12, "cat");
        using var meters = new TestMeters();

        await Create(model, meters).RunDueAsync(None);

        Assert.Equal(
            $"Warning: {model} was not checked for drift: only 12 answers in the last 7 days, but drift detection "
            + "needs at least 100",
            Assert.Single(_log));
        Assert.Empty(meters.Measurements);
        Assert.StartsWith("only 12 answers", (string)(await RecordAsync(model))["problem"]!, StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task Without_drift_the_counter_stays_and_the_index_is_told()
    {
        var model = await azurite.CreateModelAsync();
        Add(TimeSpan.FromDays(1), 500, "cat");
        Add(TimeSpan.FromDays(20), 500, "cat");
        using var meters = new TestMeters();

        await Create(model, meters).RunDueAsync(None);

        Assert.Equal([0], meters.Values(DriftMetrics.DriftFound, model.Value));
        Assert.Equal([0], meters.Values(DriftMetrics.DriftPsi, model.Value));
        Assert.StartsWith("Information:", Assert.Single(_log), StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task An_unreadable_record_is_replaced()
    {
        var model = await azurite.CreateModelAsync();
        await azurite.Account.Jobs.CreateIfNotExistsAsync(cancellationToken: None);
        await azurite.Account.Jobs.GetBlobClient($"drift/{model}.json")
            .UploadAsync(BinaryData.FromString("[1"), overwrite: true, None);
        using var meters = new TestMeters();

        await Create(model, meters).RunDueAsync(None);

        Assert.Equal(1, _listings);
        Assert.Equal(model.Value, (string)(await RecordAsync(model))["model"]!);
    }

    [Theory]
    [InlineData("cifar10", Nightly, 7, 30, true)]
    [InlineData("cifar10", "0 4 * * *", 7, 30, false)]
    [InlineData("No Name", Nightly, 7, 30, false)]
    [InlineData("cifar10", Nightly, 30, 30, false)]
    [InlineData("cifar10", Nightly, 0, 30, false)]
    [InlineData("cifar10", Nightly, 7, 4000, false)]
    public void Settings_are_checked(string model, string schedule, int since, int against, bool isFine)
    {
        var options = new DriftOptions
        {
            Schedules = { [model] = schedule },
            Since = TimeSpan.FromDays(since),
            Against = TimeSpan.FromDays(against),
        };

        Assert.Equal(isFine, !options.Validate(new ValidationContext(options)).Any());
    }

    public IAsyncEnumerable<ModelName> ListModelsAsync(CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<ListedImage> ListImagesAsync(ModelName model, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<ListedPage<ListedImage>> ListImagePagesAsync(
        ModelName model, string? from, int size, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<ListedPage<ListedLabel>> ListLabelPagesAsync(
        ModelName model, string? from, int? size, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public async IAsyncEnumerable<ListedLabel> ListLabelsAsync(
        ModelName model, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _listings);
        foreach (var (stamp, i) in _labels.Select((stamp, i) => (stamp, i)))
        {
            yield return new ListedLabel($"{i}.jpg.json", stamp);
        }

        await Task.Yield();
    }

    public Task<Stream?> OpenAsync(ModelName model, string name, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        lock (_log)
        {
            _log.Add($"{logLevel}: {formatter(state, exception)}");
        }
    }

    /// <summary>Before, one answer of ten is a ship, and now one of four.</summary>
    private void Shift()
    {
        Add(TimeSpan.FromDays(20), 900, "cat");
        Add(TimeSpan.FromDays(20), 100, "ship");
        Add(TimeSpan.FromDays(1), 750, "cat");
        Add(TimeSpan.FromDays(1), 250, "ship");
    }

    private void Add(TimeSpan age, int images, string answer) => _labels.AddRange(Enumerable.Repeat(
        new LabelStamp("e", "v") { Answer = answer, Score = 0.9, WrittenAt = TimeProvider.System.GetUtcNow() - age },
        images));

    /// <param name="minutes">Since four o'clock, for the first process.</param>
    private ScheduledDrift Create(ModelName model, TestMeters meters, int minutes = 1)
    {
        if (_time.GetUtcNow() == Today)
        {
            _time.SetUtcNow(Today.AddHours(4).AddMinutes(minutes));
        }

        var documents = new BlobDocumentStore(azurite.Account);
        return new ScheduledDrift(
            new DriftComparer(new AnswerListing(this, this), documents),
            new DriftRuns(documents),
            new DriftMetrics(meters),
            Options.Create(new DriftOptions { Schedules = { [model.Value] = Nightly } }),
            _time,
            this);
    }

    private async Task<JsonNode> RecordAsync(ModelName model) => JsonNode.Parse(
        (await azurite.Account.Jobs.GetBlobClient($"drift/{model}.json").DownloadContentAsync(None)).Value.Content)!;
}
