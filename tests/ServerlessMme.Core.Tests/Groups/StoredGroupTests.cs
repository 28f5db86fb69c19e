using System.Text;
using System.Text.Json;
using Azure.Core;
using Azure.Core.Pipeline;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Review;
using ServerlessMme.Core.Tests.Archives;
using ServerlessMme.Storage.Labels;
using ServerlessMme.Storage.Reconcile;
using ServerlessMme.Testing.Emulation;

namespace ServerlessMme.Core.Tests.Groups;

[Collection("classify queue")]
public sealed class StoredGroupTests(AzuriteFixture azurite)
{
    private const int Timeout = 120_000;
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact(Timeout = Timeout)]
    public async Task Drops_into_a_group_are_swept_up_and_labeled_by_every_member()
    {
        using var group = new StoredGroup(azurite.Account);
        await group.PublishAsync(members: 3);
        await group.DropAsync(images: 5);

        await group.SweepAsync();
        await group.WorkAsync();

        var published = await group.Catalog.FindAsync(group.Name, None);
        for (var i = 0; i < 5; i++)
        {
            var stamp = await group.StampAsync($"{i}.jpg");
            Assert.Equal(published!.Version, stamp.ModelVersion);
            var label = JsonDocument.Parse(await group.ReadAsync($"{i}.jpg.json")).RootElement;
            Assert.Equal(3, label.GetProperty("answers").GetArrayLength());
            Assert.Equal(
                (label.GetProperty("label").GetString(), label.GetProperty("member").GetString(), 3, 0),
                (stamp.Answer, stamp.Member, stamp.Members!.Value, stamp.RefusedMembers!.Value));
            Assert.Equal(label.GetProperty("score").GetDouble(), stamp.Score!.Value, 1e-4);
        }

        Assert.Equal(15, group.Backends.Scored.Count);
        await group.SweepAsync();
        await group.WorkAsync();
        Assert.Equal(15, group.Backends.Scored.Count);
    }

    [Fact(Timeout = Timeout)]
    public async Task After_a_member_is_replaced_a_sweep_scores_it_alone_and_reads_each_label_once()
    {
        var requests = new Requests();
        using var group = new StoredGroup(azurite.Account, azurite.Observed(requests));
        await group.PublishAsync(members: 20);
        await group.DropAsync(images: 6);
        await group.SweepAsync();
        await group.WorkAsync();
        var before = await AnswersAsync(group, 6);
        group.Backends.Scored.Clear();

        await group.PushAsync(7, "2");
        requests.Clear();
        await group.SweepAsync();
        await group.WorkAsync();

        Assert.Equal((6, 6), (group.Backends.Scored.Count, group.Scored(7)));
        var after = await AnswersAsync(group, 6);
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal([7], Enumerable.Range(0, 20).Where(m => before[i][m] != after[i][m]));
        }

        Assert.Equal(6, requests.Count($"GET /labels-{group.Name}/"));
        // The replaced member is looked up and downloaded; the others cost nothing.
        Assert.Equal(0, requests.Count($"/models/{group.Member(3)}."));
        Assert.InRange(requests.Count($"/models/{group.Member(7)}."), 1, 3);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_label_whose_container_has_to_be_created_is_written_as_a_whole()
    {
        using var group = new StoredGroup(azurite.Account);
        await group.PublishAsync(members: 3);
        await group.DropAsync(images: 1);
        await azurite.Account.LabelsOf(group.Name).DeleteAsync();

        await group.SweepAsync();
        await group.WorkAsync();

        var label = JsonDocument.Parse(await group.ReadAsync("0.jpg.json")).RootElement;
        Assert.Equal(3, label.GetProperty("answers").GetArrayLength());
    }

    [Theory(Timeout = Timeout)]
    [InlineData(true, 5)]
    [InlineData(false, 20)]
    public async Task A_rescoring_job_scores_changed_members_or_all_of_them(bool changedOnly, int scorings)
    {
        using var group = new StoredGroup(azurite.Account);
        await group.PublishAsync(members: 4);
        await group.DropAsync(images: 5);
        await group.SweepAsync();
        await group.WorkAsync();
        group.Backends.Scored.Clear();
        await group.PushAsync(1, "2");

        var job = await group.RescoreAsync(changedOnly);
        await group.WorkAsync();

        Assert.Equal(scorings, group.Backends.Scored.Count);
        Assert.Equal(5, group.Scored(1));
        var ended = await group.Ledger.Progress.RefreshAsync(job.Id, None);
        Assert.Equal((JobState.Completed, 5, 5), (ended!.State, ended.Counts.Total, ended.Counts.Done));
        Assert.NotNull((await group.StampAsync("0.jpg")).PreviousAnswer);
    }

    [Fact(Timeout = Timeout)]
    public async Task An_archives_lines_have_the_answers_and_all_are_scored_again_when_a_member_changes()
    {
        using var group = new StoredGroup(azurite.Account);
        await group.PublishAsync(members: 3);
        await group.DropAsync("a.zip", BinaryData.FromBytes(TestArchives.Zip(
            Enumerable.Range(0, 10).Select(i => ($"{i}.jpg", Encoding.UTF8.GetBytes(i == 4 ? "none" : $"{i}"))))));

        await group.SweepAsync();
        await group.WorkAsync();

        var lines = (await group.ReadAsync("a.zip.jsonl")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(10, lines.Length);
        var answers = lines.Select(line => StoredAnswer.Read("a.zip", Encoding.UTF8.GetBytes(line))).ToList();
        Assert.Equal("NotAnImage", answers[4].Error);
        Assert.All(
            answers.Where((_, i) => i != 4), answer => Assert.Equal((3, 0), (answer.Members, answer.RefusedMembers)));
        var summary = JsonDocument.Parse(await group.ReadAsync("a.zip.summary.json")).RootElement;
        Assert.Equal(10, summary.GetProperty("entries").GetInt32());
        Assert.Equal(3, summary.GetProperty("model").GetProperty("members").GetInt32());
        Assert.Equal(27, group.Backends.Scored.Count);

        await group.SweepAsync();
        await group.WorkAsync();
        Assert.Equal(27, group.Backends.Scored.Count);
        await group.PushAsync(1, "2");
        await group.SweepAsync();
        await group.WorkAsync();
        Assert.Equal(54, group.Backends.Scored.Count);
        Assert.Equal(10, (await group.ReadAsync("a.zip.jsonl")).Count(c => c == '\n'));
    }

    [Fact(Timeout = Timeout)]
    public async Task Answers_of_a_group_are_listed_with_the_member_that_gave_them()
    {
        using var group = new StoredGroup(azurite.Account);
        await group.PublishAsync(members: 3);
        await group.DropAsync(images: 2);
        await group.SweepAsync();
        await group.WorkAsync();
        var listing = new AnswerListing(
            new BlobDropListing(azurite.Account), new BlobLabelReader(azurite.Account));

        var listed = await listing.ListAsync(group.Name, new AnswerFilter(), false, _ => { }, None).ToListAsync();
        var read = await listing.ListAsync(group.Name, new AnswerFilter(), true, _ => { }, None).ToListAsync();

        Assert.Equal(2, listed.Count);
        Assert.Equal(listed.Select(answer => answer.Member), read.Select(answer => answer.Member));
        Assert.All(read, answer => Assert.Equal((3, 0), (answer.Members, answer.RefusedMembers)));
        Assert.All(listed, answer => Assert.StartsWith(group.Member(0)[..^1], answer.Member, StringComparison.Ordinal));
    }

    private static async Task<string[][]> AnswersAsync(StoredGroup group, int images)
    {
        var answers = new List<string[]>();
        for (var i = 0; i < images; i++)
        {
            // By name, because a prefix orders m10 before m2.
            answers.Add([.. JsonDocument.Parse(await group.ReadAsync($"{i}.jpg.json")).RootElement
                .GetProperty("answers").EnumerateArray()
                .OrderBy(NumberOf).Select(answer => answer.GetRawText())]);
        }

        return [.. answers];
    }

    private static int NumberOf(JsonElement answer) =>
        int.Parse(answer.GetProperty("model").GetProperty("name").GetString()!.Split('m')[^1]);

    /// <summary>Notes what is asked of storage.</summary>
    private sealed class Requests : HttpPipelineSynchronousPolicy
    {
        private readonly List<string> _seen = [];

        public override void OnSendingRequest(HttpMessage message)
        {
            lock (_seen)
            {
                _seen.Add($"{message.Request.Method} {message.Request.Uri.ToUri().AbsolutePath}"
                    .Replace("/devstoreaccount1", "", StringComparison.Ordinal));
            }
        }

        public void Clear()
        {
            lock (_seen)
            {
                _seen.Clear();
            }
        }

        public int Count(string text)
        {
            lock (_seen)
            {
                return _seen.Count(request => request.Contains(text, StringComparison.Ordinal));
            }
        }
    }
}
