using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Core.Candidates;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Tests.Jobs;
using ServerlessMme.Storage.Documents;
using ServerlessMme.Storage.Images;
using ServerlessMme.Testing.Emulation;
using ServerlessMme.Testing.Memory;

namespace ServerlessMme.Core.Tests.Candidates;

/// <summary>The candidate is not published here, so it refuses each image; that is an answer too.</summary>
public sealed class ShadowScorerTests(AzuriteFixture azurite) : IDisposable
{
    private const string Refused = "error:ModelNotFound";
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private readonly ClassifierWithoutModels _classifier = new(azurite.Account);
    private readonly ShadowStore _store = new(new BlobDocumentStore(azurite.Account));
    private readonly List<ShadowScorer> _scorers = [];

    public void Dispose()
    {
        _scorers.ForEach(scorer => scorer.Dispose());
        _classifier.Dispose();
    }

    [Fact(Timeout = 60_000)]
    public async Task Two_processes_add_up_what_the_candidate_answers()
    {
        var model = await azurite.CreateModelAsync();
        var shadow = await StartAsync(model);

        await CreateScorer().ScoreAsync(model, await DropAsync(model, "a.jpg", "b.jpg"), None);
        await CreateScorer().ScoreAsync(model, await DropAsync(model, "c.jpg"), None);

        var sum = await _store.SumAsync(shadow, null, None);
        Assert.Equal((3, 0), (sum.Scored, sum.Agreed));
        var change = Assert.Single(sum.Changes);
        Assert.Equal(("cat", Refused, 3), (change.From, change.To, change.Count));
        Assert.Equal(["a.jpg", "b.jpg", "c.jpg"], sum.Examples.Select(each => each.Image).Order());
        Assert.Empty(await azurite.Account.LabelsOf(model).GetBlobsAsync(cancellationToken: None).ToListAsync(None));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_share_of_the_drops_is_scored_and_the_same_ones_again()
    {
        var model = await azurite.CreateModelAsync();
        var shadow = await StartAsync(model, share: 0.25);
        var labels = await DropAsync(model, [.. Enumerable.Range(0, 60).Select(i => $"{i}.jpg")]);

        await CreateScorer().ScoreAsync(model, labels, None);
        var once = await _store.SumAsync(shadow, null, None);
        await CreateScorer().ScoreAsync(model, labels, None);
        var twice = await _store.SumAsync(shadow, null, None);

        Assert.InRange(once.Scored, 5, 27);
        Assert.Equal(2 * once.Scored, twice.Scored);
        Assert.Equal(
            once.Examples.Select(each => each.Image).Order(),
            twice.Examples.Select(each => each.Image).Distinct().Order());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_process_notices_the_limit_the_stop_and_the_start_within_half_a_minute()
    {
        var model = await azurite.CreateModelAsync();
        var scorer = CreateScorer();
        var labels = await DropAsync(model, "a.jpg", "b.jpg");
        await scorer.ScoreAsync(model, labels, None);
        var shadow = await StartAsync(model, limit: 3);

        await scorer.ScoreAsync(model, labels, None);
        Assert.Equal(0, (await _store.SumAsync(shadow, null, None)).Scored);
        _time.Advance(TimeSpan.FromSeconds(30));
        await scorer.ScoreAsync(model, labels, None);
        await scorer.ScoreAsync(model, labels, None);
        Assert.Equal(2, (await _store.SumAsync(shadow, null, None)).Scored);
        await scorer.ScoreAsync(model, await DropAsync(model, "c.jpg", "d.jpg"), None);
        Assert.Equal(3, (await _store.SumAsync(shadow, null, None)).Scored);
        Assert.NotNull(await _store.StopAsync(model, _time.GetUtcNow(), None));
        var second = await StartAsync(model, run: "second");
        _time.Advance(TimeSpan.FromSeconds(30));
        await scorer.ScoreAsync(model, labels, None);

        Assert.Equal(2, (await _store.SumAsync(second, null, None)).Scored);
        Assert.Equal(0, (await _store.SumAsync(shadow, null, None)).Scored);
    }

    [Fact(Timeout = 60_000)]
    public async Task Without_a_shadow_messages_cost_one_listing_each_half_minute()
    {
        var model = await azurite.CreateModelAsync();
        var documents = new NoDocuments();
        using var scorer = new ShadowScorer(
            new ShadowStore(documents),
            _classifier.Classifier,
            new BlobImageSource(azurite.Account, AmpleMemory.Create(), Options.Create(new ImageOptions())),
            _time,
            NullLogger<ShadowScorer>.Instance);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => scorer.ScoreAsync(model, [], None)));
        Assert.Equal(1, documents.Listings);
        _time.Advance(TimeSpan.FromSeconds(29));
        await scorer.ScoreAsync(model, [], None);
        Assert.Equal(1, documents.Listings);
        _time.Advance(TimeSpan.FromSeconds(1));
        await scorer.ScoreAsync(model, [], None);
        Assert.Equal(2, documents.Listings);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_second_shadow_does_not_start_beside_the_first()
    {
        var model = await azurite.CreateModelAsync();
        var first = await StartAsync(model);

        var running = await _store.StartAsync(first with { Run = "other" }, None);

        Assert.Equal("first", running!.Run);
        Assert.NotNull(await _store.StopAsync(model, _time.GetUtcNow(), None));
        Assert.Null(await _store.StopAsync(model, _time.GetUtcNow(), None));
        Assert.Null(await _store.StartAsync(first with { Run = "other" }, None));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_document_that_is_no_shadow_is_passed_over()
    {
        var model = await azurite.CreateModelAsync();
        var shadow = await StartAsync(model);
        await azurite.Account.Jobs.GetBlobClient($"shadows/x{model}.json").UploadAsync(BinaryData.FromString("[1"), None);
        foreach (var (i, bad) in new[]
        {
            "{}",
            """{"scored":1,"agreed":1,"changes":[null],"examples":[]}""",
            """{"scored":4294967296,"agreed":1,"changes":[],"examples":[]}""",
            """{"scored":-5,"agreed":-6,"changes":[],"examples":[]}""",
            """{"scored":1,"agreed":1,"changes":[{"from":"a","to":"b","count":9223372036854775807}],"examples":[]}""",
        }.Index())
        {
            await azurite.Account.Jobs.GetBlobClient($"shadows/{model}/first-bad{i}.json")
                .UploadAsync(BinaryData.FromString(bad), None);
        }

        await CreateScorer().ScoreAsync(model, await DropAsync(model, "a.jpg"), None);

        Assert.Equal(1, (await _store.SumAsync(shadow, null, None)).Scored);
    }

    private async Task<Shadow> StartAsync(
        ModelName model, double share = 1, long limit = 1000, string run = "first")
    {
        var shadow = new Shadow(
            model, ModelName.Parse($"{model}-next").Value, share, limit, run, "a test", _time.GetUtcNow());
        Assert.Null(await _store.StartAsync(shadow, None));
        return shadow;
    }

    private ShadowScorer CreateScorer()
    {
        var scorer = new ShadowScorer(
            _store,
            _classifier.Classifier,
            new BlobImageSource(azurite.Account, AmpleMemory.Create(), Options.Create(new ImageOptions())),
            _time,
            NullLogger<ShadowScorer>.Instance);
        _scorers.Add(scorer);
        return scorer;
    }

    private async Task<IReadOnlyCollection<Label>> DropAsync(ModelName model, params string[] images)
    {
        foreach (var image in images)
        {
            await azurite.Account.ImagesOf(model).GetBlobClient(image)
                .UploadAsync(BinaryData.FromString("x"), overwrite: true, None);
        }

        return [.. images.Select(image => new Label(
            new ImageReference(model.ImagesContainer, image, "e", 1),
            new AnsweringModel(model.Value, "v", "sha256:0", "onnx"),
            [new ScoredClass("cat", 0, 0.9f)],
            null,
            _time.GetUtcNow()))];
    }
}
