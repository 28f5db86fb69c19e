using System.Text;
using System.Text.Json;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Core.Review;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Core.Tests.Groups;

public sealed class GroupLabelTests : IDisposable
{
    private const int Timeout = 60_000;
    private readonly GroupWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact(Timeout = Timeout)]
    public async Task A_label_has_an_answer_per_member_and_says_what_the_best_one_does()
    {
        _world.Catalog.Publish("cats");
        _world.Catalog.Publish("boats");
        _world.Catalog.Members.Add("ghost");
        _world.Images.Images["x.jpg"] = "7";

        Assert.Equal(new BatchCounts(1, 0, 0), await _world.LabelAsync());

        var label = _world.Label("x.jpg");
        var answers = label.GetProperty("answers").EnumerateArray().ToList();
        Assert.Equal(["cats", "boats", "ghost"], answers.Select(NameOf));
        Assert.Equal("ModelNotFound", GroupWorld.Said(answers[2]));
        var best = answers.Take(2).MaxBy(ScoreOf);
        Assert.Equal(NameOf(best), label.GetProperty("member").GetString());
        Assert.Equal(ScoreOf(best), ScoreOf(label));
        Assert.Equal(best.GetProperty("top").GetRawText(), label.GetProperty("top").GetRawText());
        Assert.Equal(3, label.GetProperty("model").GetProperty("members").GetInt32());
        Assert.Equal(
            _world.Catalog.VersionOf(GroupWorld.Topics), label.GetProperty("model").GetProperty("version").GetString());
        Assert.Equal("sha256:1", answers[0].GetProperty("model").GetProperty("digest").GetString());
    }

    [Fact(Timeout = Timeout)]
    public async Task A_members_answer_is_what_it_answers_alone()
    {
        _world.Catalog.Publish("cats");
        _world.Catalog.Publish("boats");
        _world.Images.Images["x.jpg"] = "7";
        await _world.LabelAsync();
        var alone = new StoredLabels();

        await _world.Classifier.RunAsync(
            new(ModelName.Parse("boats").Value, ["x.jpg"]), _world.Images, alone, null, CancellationToken.None);

        var answer = _world.Label("x.jpg").GetProperty("answers")[1];
        var single = JsonDocument.Parse(alone.Stored["x.jpg"].Json).RootElement;
        foreach (var member in (string[])["model", "label", "score", "top"])
        {
            Assert.Equal(single.GetProperty(member).GetRawText(), answer.GetProperty(member).GetRawText());
        }
    }

    [Fact(Timeout = Timeout)]
    public async Task The_first_of_equal_scores_is_the_best()
    {
        _world.Backends.ScoresByName = false;
        _world.Catalog.Publish("cats");
        _world.Catalog.Publish("boats");
        _world.Images.Images["x.jpg"] = "7";

        await _world.LabelAsync();

        Assert.Equal("cats", _world.Labels.Stored["x.jpg"].Label.Member);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_current_label_costs_no_read_and_no_scoring()
    {
        _world.Catalog.Publish("cats");
        _world.Images.Images["x.jpg"] = "7";
        await _world.LabelAsync();

        Assert.Equal(new BatchCounts(0, 0, 1), await _world.LabelAsync());

        Assert.Single(_world.Backends.Scored);
        Assert.Equal((0, 1), (_world.Labels.Opened, _world.Labels.Written));
    }

    [Fact(Timeout = Timeout)]
    public async Task A_refusal_of_one_member_leaves_the_others_answers()
    {
        _world.Catalog.Publish("cats");
        _world.Catalog.Publish("broken");
        _world.Catalog.Publish("failing");
        _world.Backends.OnCreate = descriptor => descriptor.Name.Value == "broken"
            ? new Refusal(ErrorCode.InvalidModel, "Broken.")
            : null;
        _world.Backends.OnScore = (name, _) => name == "failing"
            ? new Refusal(ErrorCode.InferenceFailed, "Failed.")
            : null;
        _world.Images.Images["x.jpg"] = "7";

        Assert.Equal(new BatchCounts(1, 0, 0), await _world.LabelAsync());

        var label = _world.Label("x.jpg");
        Assert.Equal(
            ["InvalidModel", "InferenceFailed"],
            label.GetProperty("answers").EnumerateArray().Skip(1).Select(GroupWorld.Said));
        Assert.Equal("cats", label.GetProperty("member").GetString());
        Assert.Equal(_world.Catalog.VersionOf(GroupWorld.Topics), _world.Labels.Stored["x.jpg"].Stamp.ModelVersion);
    }

    [Fact(Timeout = Timeout)]
    public async Task An_image_that_every_member_refuses_is_refused_with_the_first_reason()
    {
        _world.Catalog.Publish("cats");
        _world.Catalog.Publish("boats");
        _world.Backends.OnScore = (name, _) => new Refusal(ErrorCode.InferenceFailed, $"{name} failed.");
        _world.Images.Images["x.jpg"] = "7";

        Assert.Equal(new BatchCounts(0, 1, 0), await _world.LabelAsync());

        var label = _world.Label("x.jpg");
        Assert.Equal("InferenceFailed", GroupWorld.Said(label));
        var message = label.GetProperty("error").GetProperty("message").GetString();
        Assert.Contains("None of the 2 members", message, StringComparison.Ordinal);
        Assert.Contains("cats failed.", message, StringComparison.Ordinal);
        Assert.Equal(2, label.GetProperty("answers").GetArrayLength());
        Assert.False(label.TryGetProperty("member", out _));
    }

    [Fact(Timeout = Timeout)]
    public async Task What_is_no_image_is_refused_once_and_the_others_are_answered()
    {
        _world.Catalog.Publish("cats");
        _world.Catalog.Publish("boats");
        for (var i = 0; i < 40; i++)
        {
            _world.Images.Images[$"{i}.jpg"] = i % 5 == 0 ? "no number" : $"{i}";
        }

        Assert.Equal(new BatchCounts(32, 8, 0), await _world.LabelAsync());

        Assert.Equal("NotAnImage", GroupWorld.Said(_world.Label("5.jpg")));
        Assert.False(_world.Label("5.jpg").TryGetProperty("answers", out _));
        Assert.Equal(64, _world.Backends.Scored.Count);
        foreach (var i in Enumerable.Range(0, 40).Where(i => i % 5 != 0))
        {
            Assert.Equal(ExpectedScore("cats", i), AnswerOf(i, 0));
            Assert.Equal(ExpectedScore("boats", i), AnswerOf(i, 1));
        }
    }

    [Fact(Timeout = Timeout)]
    public async Task Members_with_one_input_share_the_tensors_and_others_get_their_own()
    {
        const string Other = """{"width":2,"height":1,"channels":"grey","type":"uint8"}""";
        for (var i = 0; i < 6; i++)
        {
            _world.Catalog.Publish($"small-{i}");
            _world.Catalog.Publish($"wide-{i}", input: Other);
        }

        _world.Catalog.Publish("remote", backend: "sagemaker");
        for (var i = 0; i < 10; i++)
        {
            _world.Images.Images[$"{i}.jpg"] = $"{i}";
        }

        await _world.LabelAsync();

        Assert.Equal(20, _world.Preprocessor.Fills);
        Assert.Equal(130, _world.Backends.Scored.Count);
        Assert.All(_world.Backends.Shared.Values, members => Assert.Equal(6, members));
    }

    [Fact(Timeout = Timeout)]
    public async Task An_image_of_the_wrong_size_is_refused_only_by_members_that_do_not_resize()
    {
        _world.Catalog.Publish("strict", input:
            """{"width":1,"height":1,"channels":"grey","type":"uint8","resize":{"mode":"none"}}""");
        _world.Catalog.Publish("cats");
        _world.Images.Images["x.jpg"] = "200";

        Assert.Equal(new BatchCounts(1, 0, 0), await _world.LabelAsync());

        Assert.Equal("WrongSize", GroupWorld.Said(_world.Label("x.jpg").GetProperty("answers")[0]));
        Assert.Equal("cats", _world.Label("x.jpg").GetProperty("member").GetString());
    }

    [Fact(Timeout = Timeout)]
    public async Task A_member_that_takes_one_image_at_a_time_gets_one_and_shares_it()
    {
        _world.Backends.MaxBatch = 1;
        _world.Catalog.Publish("cats");
        _world.Catalog.Publish("boats");
        for (var i = 0; i < 10; i++)
        {
            _world.Images.Images[$"{i}.jpg"] = $"{i}";
        }

        await _world.LabelAsync();

        Assert.Equal(20, _world.Backends.Scored.Count);
        Assert.Equal(10, _world.Backends.Shared.Count);
        Assert.Equal(10, _world.Preprocessor.Fills);
    }

    [Fact(Timeout = Timeout)]
    public async Task More_members_than_fit_into_memory_are_asked_one_after_another()
    {
        using var world = new GroupWorld(budgetBytes: 3 << 20);
        for (var i = 0; i < 20; i++)
        {
            world.Catalog.Publish($"m{i}", bytes: 1 << 20);
        }

        for (var i = 0; i < 30; i++)
        {
            world.Images.Images[$"{i}.jpg"] = $"{i}";
        }

        Assert.Equal(new BatchCounts(30, 0, 0), await world.LabelAsync());

        Assert.Equal(600, world.Backends.Scored.Count);
        Assert.InRange(world.Backends.MostLive, 1, 3);
        world.Cache.Dispose();
    }

    [Fact(Timeout = Timeout)]
    public async Task A_group_without_a_published_member_keeps_its_labels()
    {
        _world.Catalog.Members.Add("ghost");
        _world.Images.Images["x.jpg"] = "7";

        Assert.Equal(new BatchCounts(0, 1, 0), await _world.LabelAsync());

        var label = _world.Labels.Stored["x.jpg"].Label;
        Assert.True(label.LacksModel);
        Assert.Contains("No member of group 'topics'", label.Error!.Message, StringComparison.Ordinal);
        Assert.Equal(LabelStamp.NoModel, _world.Labels.Stored["x.jpg"].Stamp.ModelVersion);
    }

    [Fact(Timeout = Timeout)]
    public async Task Trouble_with_a_member_fails_the_batch()
    {
        _world.Catalog.Publish("cats");
        _world.Backends.OnScore = (_, _) => throw new IOException("The endpoint is gone.");
        _world.Images.Images["x.jpg"] = "7";

        await Assert.ThrowsAsync<IOException>(() => _world.LabelAsync());

        Assert.Empty(_world.Labels.Stored);
    }

    [Fact(Timeout = Timeout)]
    public async Task An_alias_answers_as_its_target_and_a_nested_group_does_not_answer()
    {
        _world.Catalog.Publish("cats-v2");
        _world.Catalog.Alias("cats", "cats-v2");
        _world.Catalog.Members.Add("inner");
        _world.Catalog.Nested.Add("inner");
        _world.Images.Images["x.jpg"] = "7";

        await _world.LabelAsync();

        var answers = _world.Label("x.jpg").GetProperty("answers");
        Assert.Equal("cats-v2", answers[1].GetProperty("model").GetProperty("target").GetString());
        Assert.Equal(answers[0].GetProperty("top").GetRawText(), answers[1].GetProperty("top").GetRawText());
        Assert.Equal("ModelIsGroup", GroupWorld.Said(answers[2]));
        Assert.Single(_world.Cache.Snapshot().Models);
        Assert.Equal(new BatchCounts(0, 0, 1), await _world.LabelAsync());
    }

    [Fact(Timeout = Timeout)]
    public async Task Labels_follow_their_schema()
    {
        _world.Catalog.Publish("cats");
        _world.Catalog.Publish("boats");
        _world.Catalog.Members.Add("ghost");
        _world.Backends.OnScore = (_, value) => value == 13 ? new Refusal(ErrorCode.InferenceFailed, "13.") : null;
        _world.Images.Images["good.jpg"] = "7";
        _world.Images.Images["refused.jpg"] = "13";
        _world.Images.Images["text.jpg"] = "text";

        await _world.LabelAsync();

        Assert.Equal(3, _world.Labels.Stored.Count);
        foreach (var (_, json, label) in _world.Labels.Stored.Values)
        {
            // The fakes' digests are short.
            var text = Encoding.UTF8.GetString(json)
                .Replace("sha256:1", $"sha256:{new string('0', 64)}", StringComparison.Ordinal);
            await SchemaCheck.AssertAsync("label", text);
            var stored = StoredAnswer.Read(null, json);
            Assert.Equal(
                (label.Member, label.Answers?.Count, label.Error?.Code.ToString()),
                (stored.Member, stored.Members, stored.Error));
        }
    }

    private float AnswerOf(int image, int member) =>
        _world.Label($"{image}.jpg").GetProperty("answers")[member].GetProperty("top").EnumerateArray()
            .Single(scored => scored.GetProperty("index").GetInt32() == 0).GetProperty("score").GetSingle();

    private static float ExpectedScore(string name, int image) =>
        (float)($"{name}@1".Aggregate(7, (hash, c) => ((hash * 31) + c) % 1000) + image) % 1000 / 1000;

    private static string NameOf(JsonElement answer) => answer.GetProperty("model").GetProperty("name").GetString()!;

    private static float ScoreOf(JsonElement answer) => answer.GetProperty("score").GetSingle();
}
