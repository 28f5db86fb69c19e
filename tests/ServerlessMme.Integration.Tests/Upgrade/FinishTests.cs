using System.Text;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs.Models;
using ServerlessMme.Core.Models;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Integration.Tests.Upgrade;

/// <summary>This version finishes the work that earlier versions left, and does nothing twice.</summary>
[Collection(nameof(FinishedCollection))]
public sealed class FinishTests(FinishedRecordings recordings)
{
    private const int Timeout = 300_000;

    public static IEnumerable<TheoryDataRow<string>> Versions() => Recording.Versions();

    [Theory(Timeout = Timeout)]
    [MemberData(nameof(Versions))]
    public async Task Labels_that_are_current_are_not_written_again(string version)
    {
        var account = await recordings.OfAsync(version);

        foreach (var model in (string[])[Scenario.Colors, Scenario.Alias, Scenario.Group])
        {
            var container = $"labels-{model}";
            var now = await account.VersionsAsync(container);
            var kept = account.Recording.In(container).Values.Where(label => label.Name != $"{Scenario.Again}.json")
                .ToList();

            Assert.NotEmpty(kept);
            Assert.All(kept, label => Assert.Equal((label.Name, label.ETag), (label.Name, now[label.Name])));
        }
    }

    [Theory(Timeout = Timeout)]
    [MemberData(nameof(Versions))]
    public async Task Only_a_stale_label_and_missing_ones_are_written(string version)
    {
        var account = await recordings.OfAsync(version);
        var container = $"labels-{Scenario.Colors}";
        var recorded = account.Recording.In(container);

        var now = await account.VersionsAsync(container);

        Assert.NotEqual(recorded[$"{Scenario.Again}.json"].ETag, now[$"{Scenario.Again}.json"]);
        Assert.Equal(
            [$"{Scenario.Late}.json", "marker.jpg.json"], now.Keys.Except(recorded.Keys).Order(StringComparer.Ordinal));
    }

    [Theory(Timeout = Timeout)]
    [MemberData(nameof(Versions))]
    public async Task An_archive_goes_on_after_the_lines_that_were_kept(string version)
    {
        var account = await recordings.OfAsync(version);
        var labels = account.Account.LabelsOf(ModelName.Parse(Scenario.Halfway).Value);
        var recorded = account.Recording.In(labels.Name)[$"{Scenario.HalfArchive}.jsonl"];
        var kept = Encoding.UTF8.GetString(await account.Recording.ContentAsync(recorded));

        var lines = (await labels.GetBlobClient(recorded.Name).DownloadContentAsync()).Value.Content.ToString();
        var summary = JsonNode.Parse((await labels.GetBlobClient($"{Scenario.HalfArchive}.summary.json")
            .DownloadContentAsync()).Value.Content)!;

        Assert.InRange(kept.Count(c => c == '\n'), 1, Scenario.HalfEntries - 1);
        // The times in the lines are those of then, so nobody scored these entries again.
        Assert.StartsWith(kept, lines, StringComparison.Ordinal);
        Assert.Equal(
            Enumerable.Range(0, Scenario.HalfEntries).Select(i => $"{Scenario.HalfArchive}/day/{i:000}.jpg"),
            lines.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => (string)JsonNode.Parse(line)!["image"]!["name"]!));
        Assert.Equal(Scenario.HalfEntries, (int)summary["entries"]!);
        Assert.Equal(Scenario.HalfEntries, summary["labels"]!.AsObject().Sum(label => (int)label.Value!));
    }

    [Theory(Timeout = Timeout)]
    [MemberData(nameof(Versions))]
    public async Task Jobs_end_with_the_right_counts(string version)
    {
        var account = await recordings.OfAsync(version);

        const int total = Scenario.QueuedDone + Scenario.QueuedRefused + Scenario.QueuedSkipped;
        AssertCounts(
            await LatestAsync(account, Scenario.Queued), total, Scenario.QueuedDone, Scenario.QueuedRefused,
            Scenario.QueuedSkipped);
        AssertCounts(await LatestAsync(account, Scenario.Listed), Scenario.ListedImages, Scenario.ListedImages);
        AssertCounts(await LatestAsync(account, Scenario.Halfway), 1, 1);
        AssertCounts(await LatestAsync(account, Scenario.Stuck), 1, 1);
    }

    [Theory(Timeout = Timeout)]
    [MemberData(nameof(Versions))]
    public async Task A_message_that_no_version_can_read_is_back_on_the_poison_queue(string version)
    {
        var account = await recordings.OfAsync(version);

        var poison = (await account.Account.Poison.PeekMessagesAsync(32)).Value;

        Assert.Equal(Scenario.Malformed, Assert.Single(poison).Body.ToString());
        Assert.Contains("1 message in the poison queue", await account.RunAsync("poison", "list"), StringComparison.Ordinal);
    }

    [Theory(Timeout = Timeout)]
    [MemberData(nameof(Versions))]
    public async Task Every_document_obeys_its_schema_afterwards(string version)
    {
        var account = await recordings.OfAsync(version);

        await foreach (var container in account.Account.Blobs.GetBlobContainersAsync())
        {
            var client = account.Account.Blobs.GetBlobContainerClient(container.Name);
            await foreach (var blob in client.GetBlobsAsync(
                BlobTraits.None, BlobStates.None, null, CancellationToken.None))
            {
                var content = (await client.GetBlobClient(blob.Name).DownloadContentAsync()).Value.Content.ToArray();
                foreach (var (schema, json) in RecordedDocuments.In(container.Name, blob.Name, content))
                {
                    await SchemaCheck.AssertAsync(schema, json);
                }
            }
        }
    }

    /// <summary>The record of a model's latest job.</summary>
    private static async Task<JsonNode> LatestAsync(RestoredAccount account, string model)
    {
        var names = await account.Account.Jobs.GetBlobsAsync().Select(blob => blob.Name)
            .Where(name => name.Contains($"-{model}-", StringComparison.Ordinal) && !name.Contains('/'))
            .OrderDescending(StringComparer.Ordinal).ToListAsync();
        return JsonNode.Parse(await account.RunAsync("jobs", "show", Path.ChangeExtension(names[0], null), "--json"))!;
    }

    private static void AssertCounts(JsonNode job, int total, int done, int refused = 0, int skipped = 0)
    {
        var counts = job["counts"]!;
        Assert.Equal("completed", (string?)job["state"]);
        Assert.Equal(
            (total, done, refused, skipped, 0, 0),
            ((int)counts["total"]!, (int)counts["done"]!, (int)counts["refused"]!, (int)counts["skipped"]!,
                (int)counts["givenUp"]!, (int)counts["cancelled"]!));
    }
}
