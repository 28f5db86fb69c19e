using System.Text.Json.Nodes;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Integration.Tests.Upgrade;

/// <summary>This version's commands read what earlier versions wrote. No worker runs.</summary>
public sealed class ReadTests(RestoredRecordings recordings) : IClassFixture<RestoredRecordings>
{
    private const int Timeout = 300_000;

    public static IEnumerable<TheoryDataRow<string>> Versions() => Recording.Versions();

    [Theory(Timeout = Timeout)]
    [MemberData(nameof(Versions))]
    public async Task Labels_of_all_kinds_are_listed(string version)
    {
        var account = await recordings.OfAsync(version);

        var all = Rows(await account.RunAsync("labels", Scenario.Colors, "--format", "jsonl"));
        var unsure = Rows(await account.RunAsync("labels", Scenario.Colors, "--format", "jsonl", "--unsure"));
        var refused = Rows(await account.RunAsync("labels", Scenario.Colors, "--format", "jsonl", "--errors"));
        var members = Rows(await account.RunAsync("labels", Scenario.Group, "--format", "jsonl", "--answers"));

        // Seven images, and three entries of an archive.
        Assert.Equal(10, all.Count);
        Assert.InRange(unsure.Count, 1, 8);
        Assert.Equal(
            ["broken.jpg", "done.zip/not.jpg"],
            refused.Select(row => (string)row["image"]!).Order(StringComparer.Ordinal));
        // Bytes that are no image have no answers of members.
        Assert.Equal(
            [Scenario.Colors, Scenario.Member],
            members.Select(row => (string?)row["member"]).OfType<string>().Distinct());
        Assert.Contains(all, row => (string?)row["previous"] == "green");
    }

    [Theory(Timeout = Timeout)]
    [MemberData(nameof(Versions))]
    public async Task Jobs_are_listed_shown_and_reported(string version)
    {
        var account = await recordings.OfAsync(version);
        var finished = account.Recording.In("jobs")["rescores/colors.json"];
        var id = (string)JsonNode.Parse(await account.Recording.ContentAsync(finished))!["job"]!;
        using var reports = new TemporaryFolder();

        var list = await account.RunAsync("jobs", "list", "--count", "100");
        var shown = JsonNode.Parse(await account.RunAsync("jobs", "show", id, "--json"))!;
        await account.RunAsync("jobs", "show", id, "--report", reports.Root);

        var records = account.Recording.Blobs.Where(blob =>
            blob.Container == "jobs" && blob.Name.StartsWith("20", StringComparison.Ordinal)
            && !blob.Name.Contains('/'));
        Assert.All(records, record => Assert.Contains(
            Path.ChangeExtension(record.Name, null), list, StringComparison.Ordinal));
        Assert.Equal(("completed", 8), ((string)shown["state"]!, (int)shown["counts"]!["total"]!));
        var report = await File.ReadAllTextAsync(
            reports.PathOf($"{id}.json"), TestContext.Current.CancellationToken);
        await SchemaCheck.AssertAsync("rescore", report);
        Assert.Contains("\"lime\"", report, StringComparison.Ordinal);
    }

    [Theory(Timeout = Timeout)]
    [MemberData(nameof(Versions))]
    public async Task Correct_labels_are_evaluated(string version)
    {
        var account = await recordings.OfAsync(version);

        var json = await account.RunAsync(
            [("Mme__Artifacts__Folder", account.Machine)], "evaluate", Scenario.Colors, "--truth", "--json");

        await SchemaCheck.AssertAsync("evaluation", json);
        Assert.Equal(Scenario.Truth.Count, (int)JsonNode.Parse(json)!["images"]!["evaluated"]!);
    }

    [Theory(Timeout = Timeout)]
    [MemberData(nameof(Versions))]
    public async Task Models_aliases_groups_and_candidates_are_shown(string version)
    {
        var account = await recordings.OfAsync(version);

        var alias = await account.RunAsync("models", "alias", Scenario.Alias);
        var group = await account.RunAsync("models", "group", Scenario.Group);
        var candidate = await account.RunAsync("candidate", "show", Scenario.Colors);

        Assert.Contains($"stands for {Scenario.Colors}", alias, StringComparison.Ordinal);
        Assert.Contains(Scenario.Member, group, StringComparison.Ordinal);
        Assert.Contains(Scenario.Candidate, candidate, StringComparison.Ordinal);
        Assert.DoesNotContain("of 0 images", candidate, StringComparison.Ordinal);
    }

    [Theory(Timeout = Timeout)]
    [MemberData(nameof(Versions))]
    public async Task A_rescore_of_what_changed_would_take_only_stale_and_missing_labels(string version)
    {
        var account = await recordings.OfAsync(version);

        foreach (var (model, images) in new Dictionary<string, int>
        {
            [Scenario.Colors] = 2,
            [Scenario.Alias] = 0,
            [Scenario.Group] = 0,
        })
        {
            var found = await account.RunAsync("rescore", "--model", model, "--changed-only", "--dry-run");
            Assert.Contains($"would score {images} images of {model} with version ", found, StringComparison.Ordinal);
        }
    }

    [Theory(Timeout = Timeout)]
    [MemberData(nameof(Versions))]
    public async Task Poison_messages_are_listed_with_their_reasons(string version)
    {
        var account = await recordings.OfAsync(version);

        var list = await account.RunAsync("poison", "list");

        Assert.Contains("InvalidMessage", list, StringComparison.Ordinal);
        Assert.Contains("RequestFailedException", list, StringComparison.Ordinal);
        Assert.Contains("2 messages in the poison queue", list, StringComparison.Ordinal);
    }

    private static List<JsonNode> Rows(string lines) =>
        [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
}
