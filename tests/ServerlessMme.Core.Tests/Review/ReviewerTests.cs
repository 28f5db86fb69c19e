using System.Text;
using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Reconcile;
using ServerlessMme.Core.Review;
using ServerlessMme.Core.Truth;

namespace ServerlessMme.Core.Tests.Review;

public sealed class ReviewerTests : IDropListing, ILabelReader, ITruthStore, IDisposable
{
    private static readonly ModelName Model = ModelName.Parse("m").Value;
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly SortedDictionary<string, (string Answer, double Score)> _labels = new(StringComparer.Ordinal);
    private readonly HashSet<string> _broken = [];
    private readonly SortedDictionary<string, string> _truths = new(StringComparer.Ordinal);
    private readonly FakeTimeProvider _time = new();
    private readonly Reviewer _reviewer;
    private int _passes;
    private Func<Task> _duringPass = () => Task.CompletedTask;

    public ReviewerTests() => _reviewer = new Reviewer(new AnswerListing(this, this), this, this, _time);

    public void Dispose() => _reviewer.Dispose();

    [Fact]
    public async Task A_whole_review_goes_through_the_labels_once()
    {
        Add(1000);

        var images = await ReviewAllAsync(50);

        Assert.Equal(1000, images.Count);
        Assert.Equal(_labels.OrderBy(label => label.Value.Score).ThenBy(label => label.Key, StringComparer.Ordinal)
            .Select(label => label.Key), images);
        Assert.Equal(1, _passes);
    }

    [Fact]
    public async Task More_answers_than_are_kept_take_few_passes_and_none_is_lost_or_twice()
    {
        Add(5000);

        var images = await ReviewAllAsync(200);

        Assert.Equal(5000, images.Distinct().Count());
        Assert.Equal(5000, images.Count);
        Assert.InRange(_passes, 2, 4);
    }

    [Fact]
    public async Task What_a_person_decided_is_not_shown_again_without_another_pass()
    {
        Add(100);
        var first = await NextAsync(10);

        await DecideAsync(first.Items[0].Image, "ship");
        var again = await NextAsync(10);

        Assert.Equal(first.Items.Skip(1).Select(item => item.Image), again.Items.Take(9).Select(item => item.Image));
        Assert.Equal(new ReviewAccuracy(1, 1), again.Accuracy);
        Assert.Equal(1, _passes);
    }

    [Fact]
    public async Task Answers_of_a_new_version_are_shown_within_a_minute_of_short_passes()
    {
        Add(100);
        await NextAsync(10);
        _labels["00000"] = ("plane", 0.001);

        _time.Advance(TimeSpan.FromSeconds(61));

        Assert.Equal("plane", (await NextAsync(10)).Items[0].Answer);
    }

    [Fact]
    public async Task The_accuracy_follows_a_rescore_without_keeping_a_decision_waiting()
    {
        Add(100);
        await DecideAsync("00000", "ship");
        await DecideAsync("00001", "ship");
        _labels["00000"] = ("plane", 0.9);
        _time.Advance(TimeSpan.FromSeconds(61));
        var pass = new TaskCompletionSource();
        _duringPass = () => pass.Task;

        var stale = await DecideAsync("00002", "ship");
        pass.SetResult();
        var fresh = await DecideAsync("00003", "ship");

        Assert.Equal(new ReviewAccuracy(3, 3), stale);
        Assert.Equal(new ReviewAccuracy(3, 4), fresh);
    }

    [Fact]
    public async Task Decisions_during_a_pass_survive_it()
    {
        Add(100);
        await DecideAsync("00000", "ship");
        await DecideAsync("00001", "ship");
        _time.Advance(TimeSpan.FromSeconds(61));
        var pass = new TaskCompletionSource();
        _duringPass = () => pass.Task;
        var next = NextAsync(10);

        await DecideAsync("00002", "plane");
        await _reviewer.RemoveAsync(Model, "00001", "ship", None);
        pass.SetResult();

        Assert.Equal(new ReviewAccuracy(1, 2), (await next).Accuracy);
    }

    [Fact]
    public async Task What_another_person_said_meanwhile_is_neither_replaced_nor_taken_back()
    {
        Add(10);
        await NextAsync(10);
        _truths["00003"] = "plane";

        var conflict = await Assert.ThrowsAsync<TruthConflictException>(() => DecideAsync("00003", "ship"));
        await Assert.ThrowsAsync<TruthConflictException>(
            () => _reviewer.RemoveAsync(Model, "00003", "ship", None));

        Assert.Equal(
            "'ana' labeled '00003' as 'plane' in the meantime, and that label stays. 'mme truth set' replaces it.",
            conflict.Message);
        Assert.Equal("plane", _truths["00003"]);
        Assert.DoesNotContain("00003", (await NextAsync(10)).Items.Select(item => item.Image));
    }

    [Fact]
    public async Task A_blob_that_is_no_correct_label_is_replaced()
    {
        Add(10);
        _broken.Add("00003");

        Assert.Equal(new ReviewAccuracy(1, 1), await DecideAsync("00003", "ship"));
        Assert.Equal("ship", _truths["00003"]);
    }

    [Fact]
    public async Task The_same_label_twice_is_no_conflict()
    {
        Add(10);
        _truths["00003"] = "ship";

        Assert.Equal(new ReviewAccuracy(1, 1), await DecideAsync("00003", "ship"));
    }

    [Fact]
    public async Task Passes_that_take_long_are_rare()
    {
        Add(100);
        _duringPass = () =>
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            return Task.CompletedTask;
        };
        await NextAsync(10);

        _time.Advance(TimeSpan.FromMinutes(9));
        await NextAsync(10);
        Assert.Equal(1, _passes);

        _time.Advance(TimeSpan.FromMinutes(1));
        await NextAsync(10);
        Assert.Equal(2, _passes);
    }

    [Fact]
    public async Task A_pass_that_fails_is_made_again()
    {
        Add(10);
        _duringPass = () => throw new IOException("storage");

        await Assert.ThrowsAsync<IOException>(() => NextAsync(10));
        _duringPass = () => Task.CompletedTask;

        Assert.Equal(10, (await NextAsync(10)).Items.Count);
    }

    public IAsyncEnumerable<ModelName> ListModelsAsync(CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<ListedImage> ListImagesAsync(ModelName model, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public async IAsyncEnumerable<ListedLabel> ListLabelsAsync(
        ModelName model, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _passes++;
        await _duringPass();
        foreach (var (image, label) in _labels.ToList())
        {
            yield return new ListedLabel(
                image + ".json", new LabelStamp("e", "v") { Answer = label.Answer, Score = label.Score });
        }
    }

    public IAsyncEnumerable<ListedPage<ListedImage>> ListImagePagesAsync(
        ModelName model, string? from, int size, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<ListedPage<ListedLabel>> ListLabelPagesAsync(
        ModelName model, string? from, int? size, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<Stream?> OpenAsync(ModelName model, string name, CancellationToken cancellationToken)
    {
        var image = name[..^".json".Length];
        var json = $$"""{"image":{"name":"{{image}}"},"model":{"version":"v"},"label":"{{_labels[image].Answer}}","""
            + "\"score\":0.5,\"classifiedAt\":\"2026-11-24T12:00:00Z\"}";
        return Task.FromResult<Stream?>(new MemoryStream(Encoding.UTF8.GetBytes(json)));
    }

    IAsyncEnumerable<KnownImage> ITruthStore.ListAsync(ModelName model, CancellationToken cancellationToken) =>
        _truths.Select(truth => new KnownImage(truth.Key, truth.Value)).ToList().ToAsyncEnumerable();

    public Task<CorrectLabel?> FindAsync(ModelName model, string image, CancellationToken cancellationToken) =>
        Task.FromResult(
            _truths.TryGetValue(image, out var label) ? new CorrectLabel(label, "ana", null) : null);

    Task ITruthStore.WriteAsync(
        ModelName model, string image, CorrectLabel truth, CancellationToken cancellationToken)
    {
        _truths[image] = truth.Label;
        return Task.CompletedTask;
    }

    public Task<bool> TryAddAsync(
        ModelName model, string image, CorrectLabel truth, CancellationToken cancellationToken) =>
        Task.FromResult(!_broken.Contains(image) && _truths.TryAdd(image, truth.Label));

    Task ITruthStore.RemoveAsync(ModelName model, string image, CancellationToken cancellationToken)
    {
        _truths.Remove(image);
        return Task.CompletedTask;
    }

    private void Add(int count)
    {
        for (var i = 0; i < count; i++)
        {
            // Neighbors have different scores, so the order isn't that of the names.
            _labels[$"{i:00000}"] = ("ship", (i * 7919 % 101) / 101.0);
        }
    }

    private Task<ReviewAccuracy> DecideAsync(string image, string label) =>
        _reviewer.WriteAsync(Model, image, new CorrectLabel(label, null, null), None);

    private Task<ReviewPage> NextAsync(int count, ReviewPlace? after = null) =>
        _reviewer.NextAsync(Model, ReviewOrder.Least, count, after, None);

    private async Task<List<string>> ReviewAllAsync(int count)
    {
        var images = new List<string>();
        ReviewPlace? after = null;
        do
        {
            var page = await NextAsync(count, after);
            images.AddRange(page.Items.Select(item => item.Image));
            after = page.Next;
        }
        while (after is not null);
        return images;
    }
}
