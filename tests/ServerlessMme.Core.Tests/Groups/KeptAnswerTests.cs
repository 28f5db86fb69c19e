using System.Text;
using System.Text.Json;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Core.Tests.Groups;

public sealed class KeptAnswerTests : IDisposable
{
    private const int Timeout = 60_000;
    private readonly GroupWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Theory(Timeout = Timeout)]
    [InlineData(3, 5)]
    [InlineData(200, 1000)]
    public async Task A_replaced_member_alone_is_scored_again_and_no_other_answers_bytes_change(int members, int images)
    {
        Publish(members);
        Drop(images);
        await _world.LabelAsync();
        Assert.Equal(members * images, _world.Backends.Scored.Count);
        var before = AnswersOfAll();
        Forget();

        _world.Catalog.Publish("m1", "2");
        Assert.Equal(new BatchCounts(images, 0, 0), await _world.LabelAsync());

        Assert.Equal(images, _world.Backends.Scored.Count);
        Assert.All(_world.Backends.Scored, scored => Assert.Equal("m1@2", scored));
        Assert.Equal(images, _world.Labels.Opened);
        var after = AnswersOfAll();
        foreach (var (image, answers) in before)
        {
            Assert.NotEqual(answers[1], after[image][1]);
            Assert.Equal(answers.Where((_, i) => i != 1), after[image].Where((_, i) => i != 1));
        }

        Assert.Equal(new BatchCounts(0, 0, images), await _world.LabelAsync());
    }

    [Fact(Timeout = Timeout)]
    public async Task A_group_of_thousands_costs_one_look_up_per_pass_and_one_per_replaced_member()
    {
        Publish(2_500);
        Drop(8);
        Assert.Equal(new BatchCounts(8, 0, 0), await _world.LabelAsync());
        var (_, json, label) = _world.Labels.Stored["0.jpg"];
        Assert.Equal(2_500, label.Answers!.Count);
        Forget();
        var finds = _world.Catalog.Finds;
        _world.Catalog.Publish("m1", "2");

        await _world.LabelAsync();

        Assert.Equal(finds + 2, _world.Catalog.Finds);
        Assert.Equal(8, _world.Backends.Scored.Count);
        Assert.Equal(new BatchCounts(0, 0, 8), await _world.LabelAsync());
        Assert.Equal(finds + 2, _world.Catalog.Finds);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_member_that_comes_is_scored_alone_and_one_that_goes_takes_its_answer_along()
    {
        Publish(3);
        Drop(4);
        await _world.LabelAsync();
        var before = AnswersOfAll();
        Forget();

        _world.Catalog.Members.Remove("m0");
        await _world.LabelAsync();
        Assert.Empty(_world.Backends.Scored);
        Assert.All(AnswersOfAll(), pair => Assert.Equal(before[pair.Key][1..], pair.Value));

        _world.Catalog.Publish("new");
        await _world.LabelAsync();
        Assert.Equal(["new@1"], _world.Backends.Scored.Distinct());
        Assert.All(AnswersOfAll(), pair => Assert.Equal(before[pair.Key][1..], pair.Value[..2]));
        Assert.All(_world.Labels.Stored.Values, stored => Assert.Equal(3, stored.Label.Answers!.Count));

        _world.Catalog.Remove("m1");
        await _world.LabelAsync();
        Assert.Equal(4, _world.Backends.Scored.Count);
        Assert.Equal("ModelNotFound", GroupWorld.Said(_world.Label("0.jpg").GetProperty("answers")[0]));
        Assert.All(AnswersOfAll(), pair => Assert.Equal(before[pair.Key][2], pair.Value[1]));
    }

    [Fact(Timeout = Timeout)]
    public async Task The_best_answer_may_be_a_kept_one()
    {
        Publish(8);
        Drop(8);
        await _world.LabelAsync();
        var first = _world.Labels.Stored["0.jpg"].Label.Member;
        _world.Catalog.Publish(first == "m1" ? "m2" : "m1", "2");

        await _world.LabelAsync();

        foreach (var (_, _, label) in _world.Labels.Stored.Values)
        {
            var best = label.Answers!.MaxBy(answer => answer.Score)!;
            Assert.Equal((best.Member, best.Score), (label.Member, label.Top[0].Score));
            Assert.Equal(best.Read().Top, label.Top);
        }

        Assert.Equal(first, _world.Labels.Stored["1.jpg"].Label.Member);
    }

    [Fact(Timeout = Timeout)]
    public async Task New_and_replaced_images_are_scored_by_all_beside_those_that_keep_answers()
    {
        Publish(3);
        Drop(20);
        await _world.LabelAsync();
        Forget();

        _world.Catalog.Publish("m2", "2");
        _world.Images.Images["0.jpg"] = "100";
        _world.Images.Images["new.jpg"] = "101";
        await _world.LabelAsync();

        Assert.Equal((2, 2, 21), (Scored("m0@1"), Scored("m1@1"), Scored("m2@2")));
        Assert.Equal(19, _world.Labels.Opened);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_refusal_is_kept_like_an_answer()
    {
        Publish(2);
        Drop(3);
        _world.Backends.OnCreate = descriptor => descriptor.Name.Value == "m0"
            ? new Refusal(ErrorCode.InvalidModel, "Broken.")
            : null;
        await _world.LabelAsync();
        var before = AnswersOfAll();

        _world.Catalog.Publish("m1", "2");
        await _world.LabelAsync();

        Assert.All(AnswersOfAll(), pair => Assert.Equal(before[pair.Key][0], pair.Value[0]));
        Assert.Contains("InvalidModel", before["0.jpg"][0], StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task Scoring_again_on_purpose_keeps_nothing()
    {
        Publish(2);
        Drop(3);
        await _world.LabelAsync();
        _world.Catalog.Publish("m1", "2");
        Forget();

        await _world.LabelAsync(skipLabeled: false);
        Assert.Equal(6, _world.Backends.Scored.Count);

        _world.Catalog.Publish("m1", "3");
        await _world.Classifier.RunAsync(
            new ClassifyRequest(
                GroupWorld.Topics, [.. _world.Images.Images.Keys], Version: Version(), SkipLabeled: true),
            _world.Images, _world.Labels, new AcceptsNothing(), CancellationToken.None);
        Assert.Equal(12, _world.Backends.Scored.Count);
        Assert.Equal(0, _world.Labels.Opened);
    }

    [Theory(Timeout = Timeout)]
    [InlineData("")]
    [InlineData("no JSON")]
    [InlineData("[]")]
    [InlineData("""{"image":{"etag":"0"},"answers":[{"model":{"name":"m0","version":"1"},"label":"a","score":0.""")]
    [InlineData("""{"image":{"etag":"9"},"answers":[{"model":{"name":"m0","version":"1"},"label":"a","score":1}]}""")]
    [InlineData("""{"image":{"etag":"0"},"answers":[{"model":{"name":7,"version":"1"},"label":"a","score":1}]}""")]
    [InlineData("""{"image":{"etag":"0"},"answers":[{"model":{"name":"m0","version":"0"},"label":"a","score":1}]}""")]
    [InlineData("""
        {"image":{"etag":"0"},"answers":[{"model":{"name":"m0",
        "version":"1"},"label":"a","score":1}]}
        """)]
    public async Task A_stored_label_that_is_not_ours_or_of_other_bytes_is_written_again_as_a_whole(string stored)
    {
        Publish(2);
        Drop(1);
        await _world.LabelAsync();
        var (stamp, _, label) = _world.Labels.Stored["0.jpg"];
        _world.Labels.Stored["0.jpg"] = (stamp, Encoding.UTF8.GetBytes(stored), label);
        _world.Catalog.Publish("m1", "2");
        Forget();

        await _world.LabelAsync();

        Assert.Equal((1, 1), (Scored("m0@1"), Scored("m1@2")));
    }

    [Theory(Timeout = Timeout)]
    [InlineData("""  "label":"b","score":2  """)]
    [InlineData("""  "score":2,"top":[]  """)]
    [InlineData("""  "score":2,"top":{"label":"b"}  """)]
    [InlineData("""  "score":2,"top":["b"]  """)]
    [InlineData("""  "score":2,"top":[{"label":"b","score":2}]  """)]
    [InlineData("""  "score":2,"top":[{"label":7,"index":1,"score":2}]  """)]
    [InlineData("""  "score":2,"top":[{"label":"\ud800","index":1,"score":2}]  """)]
    [InlineData("""  "score":1e99,"top":[{"label":"b","index":1,"score":1e99}]  """)]
    [InlineData("""  "score":2,"labels":7,"top":[{"label":"b","index":1,"score":2}]  """)]
    [InlineData("""  "score":2,"error":{"code":"InvalidModel","message":"Broken."}  """)]
    [InlineData("""  "error":{"code":"InvalidModel"}  """)]
    [InlineData("""  "label":"b"  """)]
    public async Task A_stored_answer_of_another_shape_is_not_kept(string answer)
    {
        Publish(2);
        Drop(1);
        await _world.LabelAsync();
        var (stamp, _, label) = _world.Labels.Stored["0.jpg"];
        var stored = $$$"""{"image":{"etag":"0"},"answers":[{"model":{"name":"m0","version":"1"},{{{answer}}}}]}""";
        _world.Labels.Stored["0.jpg"] = (stamp, Encoding.UTF8.GetBytes(stored), label);
        _world.Catalog.Publish("m1", "2");
        Forget();

        Assert.Equal(new BatchCounts(1, 0, 0), await _world.LabelAsync());

        Assert.Equal((1, 1), (Scored("m0@1"), Scored("m1@2")));
    }

    [Fact(Timeout = Timeout)]
    public async Task A_member_that_is_replaced_while_the_group_answers_makes_the_next_pass_repair_the_label()
    {
        Publish(2);
        Drop(1);
        // The catalog's listing has version 1, and the member's own look-up finds version 2.
        var listed = _world.Catalog.VersionOf(GroupWorld.Topics)!;
        using (await _world.Cache.AcquireAsync(GroupWorld.Topics, listed, CancellationToken.None))
        {
            _world.Catalog.Publish("m1", "2");
        }

        await LabelAsync(listed);
        Assert.Equal((1, 1), (Scored("m0@1"), Scored("m1@2")));
        Assert.Equal(Version(), _world.Labels.Stored["0.jpg"].Stamp.ModelVersion);
        Assert.Equal(new BatchCounts(0, 0, 1), await LabelAsync(Version()!));

        Task<BatchCounts> LabelAsync(string version) => _world.Classifier.RunAsync(
            new ClassifyRequest(GroupWorld.Topics, ["0.jpg"], Version: version, SkipLabeled: true),
            _world.Images, _world.Labels, null, CancellationToken.None);
    }

    [Fact(Timeout = Timeout)]
    public async Task An_image_that_was_refused_as_a_whole_is_tried_again_when_the_group_changes()
    {
        Publish(2);
        _world.Images.Images["x.jpg"] = "no number";
        await _world.LabelAsync();
        Assert.Equal(new BatchCounts(0, 0, 1), await _world.LabelAsync());
        _world.Catalog.Publish("m1", "2");

        Assert.Equal(new BatchCounts(0, 1, 0), await _world.LabelAsync());

        Assert.Empty(_world.Backends.Scored);
        Assert.Equal(Version(), _world.Labels.Stored["x.jpg"].Stamp.ModelVersion);
    }

    [Fact(Timeout = Timeout)]
    public async Task Nothing_that_has_not_changed_costs_a_request_per_member()
    {
        Publish(500);
        Drop(2);
        await _world.LabelAsync();
        _world.Time.Advance(TimeSpan.FromHours(1));
        _world.Catalog.Publish("m1", "2");
        var finds = _world.Catalog.Finds;

        await _world.LabelAsync();

        // The group, and the member that was replaced.
        Assert.Equal(finds + 2, _world.Catalog.Finds);
    }

    private string? Version() => _world.Catalog.VersionOf(GroupWorld.Topics);

    private int Scored(string member) => _world.Backends.Scored.Count(scored => scored == member);

    private void Publish(int members)
    {
        for (var i = 0; i < members; i++)
        {
            _world.Catalog.Publish($"m{i}");
        }
    }

    private void Drop(int images)
    {
        for (var i = 0; i < images; i++)
        {
            _world.Images.Images[$"{i}.jpg"] = $"{i % 100}";
        }
    }

    private void Forget() => _world.Backends.Scored.Clear();

    private Dictionary<string, string[]> AnswersOfAll() => _world.Labels.Stored.ToDictionary(
        stored => stored.Key,
        stored => JsonDocument.Parse(stored.Value.Json).RootElement.GetProperty("answers").EnumerateArray()
            .Select(answer => answer.GetRawText()).ToArray());

    private sealed class AcceptsNothing : IBatchObserver
    {
        public bool Accepts(LabelStamp label) => false;

        public void Kept(string image, LabelStamp label)
        {
        }

        public void Labeled(Label label, LabelStamp? replaced)
        {
        }
    }
}
