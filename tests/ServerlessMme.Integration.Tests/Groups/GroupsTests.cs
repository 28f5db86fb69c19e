using System.Text.Json.Nodes;
using ServerlessMme.Integration.Tests.Jobs;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Groups;

/// <summary>Groups from end to end: defined, dropped into, listed, a member replaced and removed.</summary>
public sealed class GroupsTests(JobsFixture jobs) : IClassFixture<JobsFixture>
{
    [Fact(Timeout = 240_000)]
    public async Task A_drop_is_answered_by_every_member_and_a_replaced_member_alone_answers_again()
    {
        await jobs.PushAsync(jobs.First, "topic-cats");
        await jobs.PushAsync(Repository.PathOf("models", "sign-language-digits"), "topic-signs");
        var defined = await jobs.RunAsync("models", "group", "topics", "topic-cats", "topic-signs", "topic-gone");
        Assert.StartsWith("topics is published as version group:", defined, StringComparison.Ordinal);
        Assert.Contains(", with 3 members, 2 of them published. ", defined, StringComparison.Ordinal);
        Assert.Contains(
            "topic-gone   not published", await jobs.RunAsync("models", "show", "topics"), StringComparison.Ordinal);
        Assert.Contains(
            "3 members, 2 of them published", await jobs.RunAsync("models", "list"), StringComparison.Ordinal);
        var images = jobs.NewFolder();
        foreach (var name in Repository.CifarImages.Select(file => Path.GetFileName(file))
            .Where(name => name.StartsWith("cat", StringComparison.Ordinal)))
        {
            File.Copy(Path.Combine(Repository.Samples("cifar10"), name), Path.Combine(images, name));
        }

        await using var worker = await jobs.StartWorkerAsync(("Mme__Reconcile__Interval", "00:00:00"));

        await jobs.RunAsync("submit", images, "--model", "topics", "--watch");
        var best = await RowsAsync("labels", "topics");
        var before = await RowsAsync("labels", "topics", "--answers", "--top");
        await jobs.PushAsync(jobs.Second, "topic-cats");
        await jobs.RunAsync("rescore", "--model", "topics", "--changed-only", "--watch");
        var after = await RowsAsync("labels", "topics", "--answers", "--top");

        Assert.NotEmpty(best);
        Assert.All(best, row => Assert.Equal(
            ("topic-cats", 3, 1), (Text(row, "member"), Int(row, "members"), Int(row, "refused"))));
        Assert.Equal(["topic-cats", "topic-signs", "topic-gone"], before.Take(3).Select(row => Text(row, "member")));
        Assert.Equal(best.Count * 3, before.Count);
        Assert.Equal(Of(before, "topic-signs").Select(WithoutTime), Of(after, "topic-signs").Select(WithoutTime));
        Assert.Equal(
            Of(before, "topic-cats").Select(row => Text(row, "label").Replace("cat", "dog", StringComparison.Ordinal)),
            Of(after, "topic-cats").Select(row => Text(row, "label")));
        Assert.Equal(
            best.Count, (await RowsAsync("labels", "topics", "--member", "topic-gone", "--errors")).Count);

        var removed = await MmeProcess.RunAsync(jobs.Storage.Connection, "models", "remove", "topic-signs");
        Assert.Contains("is still a member of topics", removed.Error, StringComparison.Ordinal);
        Assert.Contains(
            "It had 3 members before. Removed: topic-signs, topic-gone. Added: lonely.",
            await jobs.RunAsync("models", "group", "topics", "topic-cats", "lonely"),
            StringComparison.Ordinal);
    }

    [Fact(Timeout = 240_000)]
    public async Task A_command_that_needs_one_model_names_the_way_out()
    {
        await jobs.PushAsync(jobs.First, "lone");
        await jobs.RunAsync("models", "group", "both", "lone");

        foreach (var arguments in (string[][])
            [
                ["evaluate", "both", "--truth"], ["candidate", "both", jobs.Second], ["candidate", "lone", "both"],
                ["candidate", "start", "both", "lone"], ["candidate", "start", "lone", "both"],
                ["candidate", "show", "both"], ["candidate", "stop", "both"], ["models", "alias", "other", "both"],
                ["models", "alias", "both", "lone"], ["models", "push", jobs.Second, "--name", "both"],
                ["models", "push", jobs.Second, "--name", "both", "--if-better"], ["models", "group", "outer", "both"],
            ])
        {
            var finished = await MmeProcess.RunAsync(jobs.Storage.Connection, arguments);

            Assert.True(
                finished.ExitCode == 1 && finished.Error.Contains("ModelIsGroup: ", StringComparison.Ordinal),
                $"{string.Join(' ', arguments)}: {finished}");
        }
    }

    [Theory]
    [InlineData(2, "lists 'a' twice", "models", "group", "g", "a", "a")]
    [InlineData(2, "lists itself as a member", "models", "group", "g", "g")]
    [InlineData(2, "Specify either members or --prefix", "models", "group", "g", "a", "--prefix", "b")]
    [InlineData(2, "which no model's name can begin with", "models", "group", "g", "--prefix", "A_")]
    [InlineData(2, "is not a model name", "models", "group", "g", "A_")]
    [InlineData(3, "There is no group 'nothing-here'", "models", "group", "nothing-here")]
    public async Task A_group_that_cannot_be_is_refused(int exitCode, string message, params string[] arguments)
    {
        var finished = await MmeProcess.RunAsync(jobs.Storage.Connection, arguments);

        Assert.Equal(exitCode, finished.ExitCode);
        Assert.Contains(message, finished.Error, StringComparison.Ordinal);
    }

    private async Task<List<JsonNode>> RowsAsync(params string[] arguments) =>
        [.. (await jobs.RunAsync([.. arguments, "--format", "jsonl"])).Split('\n')
            .Where(line => line.StartsWith('{')).Select(line => JsonNode.Parse(line)!)];

    private static string Text(JsonNode row, string name) => (string)row[name]!;

    private static int Int(JsonNode row, string name) => (int)row[name]!;

    private static IEnumerable<JsonNode> Of(List<JsonNode> rows, string member) =>
        rows.Where(row => Text(row, "member") == member);

    private static string WithoutTime(JsonNode row)
    {
        row.AsObject().Remove("writtenAt");
        return row.ToJsonString();
    }
}
