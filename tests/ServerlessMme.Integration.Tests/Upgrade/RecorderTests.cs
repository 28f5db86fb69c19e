using System.Globalization;
using System.Text.Json.Nodes;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Requests;
using ServerlessMme.Integration.Tests.Running;
using ServerlessMme.Storage.Documents;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Upgrade;

/// <summary>
/// Records what this version writes, for the upgrade tests of later versions. Runs on request only:
/// <c>ServerlessMme.Integration.Tests -explicit only -class '*.RecorderTests'</c>.
/// </summary>
public sealed class RecorderTests
{
    // Recordings name no user and no machine.
    private const string By = "anna@desk";
    private static readonly (string, string) SmallMessages = ("Mme__Batch__Size", "1");
    private readonly List<RecordedMessage> _work = [];

    [Fact(Explicit = true, Timeout = 600_000)]
    public async Task This_version_is_recorded()
    {
        var version = (await MmeProcess.RunAsync(null, "--version")).Output.Trim().Split('+')[0];
        await using var account = await RecordedAccount.StartAsync();
        await LabelAsync(account);
        await GiveUpAsync(account);
        await LeaveArchiveAsync(account);
        await LeaveJobAsync(account);
        await LeaveListingAsync(account);
        await LeaveDropsAsync(account);
        await new RecordingWriter(account.Account, version).WriteAsync(_work, account.Machine);
    }

    /// <summary>Finished work: labels of two versions, an archive, jobs, correct labels, a candidate.</summary>
    private static async Task LabelAsync(RecordedAccount account)
    {
        await account.PushAsync(Scenario.Colors, "red", "green", "blue");
        await account.PushAsync(Scenario.Member, "warm", "leafy", "cool");
        await account.PushAsync(Scenario.Candidate, "red", "green", "blue");
        await account.RunAsync("models", "alias", Scenario.Alias, Scenario.Colors);
        await account.RunAsync("models", "group", Scenario.Group, Scenario.Colors, Scenario.Member);
        await account.RunAsync(
            "candidate", "start", Scenario.Colors, Scenario.Candidate, "--share", "1", "--by", By);
        string[] names =
            ["frog.jpg", "bird.jpg", "holiday/plane.jpg", "Größe & 1.jpg", "hand.jpg", Scenario.Again];
        foreach (var (i, name) in names.Index())
        {
            await account.DropAsync(Scenario.Colors, name, Sample(i));
        }

        var broken = await File.ReadAllBytesAsync(Path.Combine(Repository.Samples("cifar10"), "not-an-image.jpg"));
        await account.DropAsync(Scenario.Colors, "broken.jpg", broken);
        await account.DropAsync(
            Scenario.Colors,
            "done.zip",
            Packed.Zip([("1.jpg", Sample(0)), ("in/2.jpg", Sample(1)), ("not.jpg", broken)]).ToArray());
        foreach (var model in (string[])[Scenario.Alias, Scenario.Group])
        {
            await account.DropAsync(model, "frog.jpg", Sample(0));
            await account.DropAsync(model, "hand.jpg", Sample(4));
            await account.DropAsync(model, "broken.jpg", broken);
        }

        await using var worker = await account.StartWorkerAsync();
        foreach (var model in (string[])[Scenario.Colors, Scenario.Alias, Scenario.Group])
        {
            await account.RunAsync("submit", "--prefix", "", "--model", model, "--watch", "--by", By);
        }

        await account.PushAsync(Scenario.Colors, "red", "lime", "blue");
        await account.RunAsync("rescore", "--model", Scenario.Colors, "--watch", "--by", By);
        await account.RunAsync("rescore", "--model", Scenario.Alias, "--changed-only", "--watch", "--by", By);
        await account.RunAsync("rescore", "--model", Scenario.Group, "--changed-only", "--watch", "--by", By);
        var csv = string.Join('\n', Scenario.Truth.Skip(1).Select(pair => $"{pair.Key},{pair.Value}"));
        await account.RunAsync(
            "truth", "import", Scenario.Colors, account.Write("t.csv", $"image,label\n{csv}\n"), "--by", By);
        await account.RunAsync(
            "truth", "set", Scenario.Colors, "frog.jpg", Scenario.Truth["frog.jpg"], "--by", By);
    }

    /// <summary>Two messages on the poison queue: one that cannot be read, and one of a job.</summary>
    private static async Task GiveUpAsync(RecordedAccount account)
    {
        await account.PushAsync(Scenario.Stuck, "red", "green", "blue");
        await account.DropAsync(Scenario.Stuck, "a.jpg", Sample(0));
        await account.Account.Classify.SendMessageAsync(Scenario.Malformed);
        await using (await account.LockLabelAsync(Scenario.Stuck, "a.jpg"))
        {
            await using var worker = await account.StartWorkerAsync(
                ("Mme__Queue__MaxTries", "2"), ("Mme__Queue__RetryDelay", "00:00:00.100"));
            await account.RunAsync("submit", "--prefix", "", "--model", Scenario.Stuck, "--watch", "--by", By);
            await worker.KillAsync();
        }

        Assert.Empty(await RecordingWriter.DrainAsync(account.Account.Classify));
    }

    /// <summary>A job of one archive. Its worker is killed between two checkpoints.</summary>
    private async Task LeaveArchiveAsync(RecordedAccount account)
    {
        await account.PushAsync(Scenario.Halfway, "red", "green", "blue");
        var entries = Enumerable.Range(0, Scenario.HalfEntries)
            .Select(i => (string.Create(CultureInfo.InvariantCulture, $"day/{i:000}.jpg"), Sample(i % 3)));
        await account.DropAsync(Scenario.Halfway, Scenario.HalfArchive, Packed.TarGzip(entries).ToArray());
        await account.RunAsync("submit", "--prefix", "", "--model", Scenario.Halfway, "--by", By);
        var lines = account.Account.LabelsOf(ModelName.Parse(Scenario.Halfway).Value)
            .GetBlobClient($"{Scenario.HalfArchive}.jsonl");
        await account.WorkUntilAsync(
            "lines of the archive",
            async () => await lines.ExistsAsync(),
            ("Mme__Archives__CheckpointLines", "10"),
            ("Mme__Archives__TimeSlice", "00:00:00.010"));
        Assert.True((await lines.GetPropertiesAsync()).Value.Metadata.ContainsKey("partofimage"), "It is complete.");
        _work.AddRange(await RecordingWriter.DrainAsync(account.Account.Classify));
    }

    /// <summary>A job whose worker could not write one label, and was killed while it tried again.</summary>
    private async Task LeaveJobAsync(RecordedAccount account)
    {
        await account.PushAsync(Scenario.Queued, "red", "green", "blue");
        await using (await account.StartWorkerAsync())
        {
            await DropAllAsync("a", Scenario.QueuedSkipped, Sample);
            await account.RunAsync("submit", "--prefix", "a", "--model", Scenario.Queued, "--watch", "--by", By);
        }

        await DropAllAsync("broken", Scenario.QueuedRefused, _ => "no image"u8.ToArray());
        await DropAllAsync("q", Scenario.QueuedDone, Sample);
        await using (await account.LockLabelAsync(Scenario.Queued, "q-7.jpg"))
        {
            var id = (await account.RunAsync(
                [("Mme__Batch__Size", "3")], "submit", "--prefix", "", "--model", Scenario.Queued, "--by", By))
                .Split('\n')[0].Trim();
            const int total = Scenario.QueuedDone + Scenario.QueuedRefused + Scenario.QueuedSkipped;
            // In threes, q-5, q-6 and q-7 are in one message.
            await account.WorkUntilAsync(
                "all messages but one",
                async () => JsonNode.Parse(await account.RunAsync("jobs", "show", id, "--json"))!["counts"]!.AsObject()
                    .Where(count => count.Key is not ("total" or "unsure"))
                    .Sum(count => (int)count.Value!) == total - 3);
        }

        _work.AddRange(await RecordingWriter.DrainAsync(account.Account.Classify));

        async Task DropAllAsync(string prefix, int count, Func<int, byte[]> contentOf)
        {
            for (var i = 0; i < count; i++)
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"{prefix}-{i}.jpg");
                await account.DropAsync(Scenario.Queued, name, contentOf(i % 3));
            }
        }
    }

    /// <summary>A re-scoring job as an HTTP request starts it. Its worker is killed while it lists images.</summary>
    private async Task LeaveListingAsync(RecordedAccount account)
    {
        await account.PushAsync(Scenario.Listed, "red", "green", "blue");
        for (var i = 0; i < Scenario.ListedImages; i++)
        {
            await account.DropAsync(
                Scenario.Listed, string.Create(CultureInfo.InvariantCulture, $"{i:00}.jpg"), Sample(i % 3));
        }

        var model = ModelName.Parse(Scenario.Listed).Value;
        var records = new JobRecords(new BlobDocumentStore(account.Account));
        var now = await records.NowAsync(CancellationToken.None);
        var id = JobId.Create(model, now);
        Assert.True(await records.TryCreateAsync(
            new Job(
                id, JobKind.Rescore, model, new JobAsked(ChangedOnly: false), By, Job.NoThreshold,
                JobState.Listing, now.AddSeconds(1), null, null, JobCounts.Nothing, now.AddSeconds(1)),
            CancellationToken.None));
        var message = new BatchMessage(model.Value, null, null, id.Value, Rescore: true).ToJson();
        await account.Account.Classify.SendMessageAsync(Convert.ToBase64String(message));
        var log = account.Account.Jobs.GetBlobClient($"sending/{id}.json");
        await account.WorkUntilAsync(
            "messages of a part of the images",
            async () => (await StateAsync())?["sent"] is { } sent && (int)sent > 0,
            SmallMessages,
            ("Mme__Rescore__TimeSlice", "00:00:00.010"));
        Assert.InRange((int)(await StateAsync())!["sent"]!, 1, Scenario.ListedImages - 1);
        _work.AddRange(await RecordingWriter.DrainAsync(account.Account.Classify));

        async Task<JsonNode?> StateAsync() => await log.ExistsAsync()
            ? JsonNode.Parse((await log.DownloadContentAsync()).Value.Content)
            : null;
    }

    /// <summary>An image that was dropped again, and one that an event asks for.</summary>
    private async Task LeaveDropsAsync(RecordedAccount account)
    {
        await account.DropAsync(Scenario.Colors, Scenario.Again, Sample(1));
        await account.DropAsync(Scenario.Colors, Scenario.Late, Sample(2));
        var subject = $"/blobServices/default/containers/images-{Scenario.Colors}/blobs/{Scenario.Late}";
        _work.Add(new RecordedMessage(
            $$"""{"eventType":"Microsoft.Storage.BlobCreated","subject":"{{subject}}","id":"1"}""", 0));
    }

    /// <summary>The content of one of six small images of the project.</summary>
    private static byte[] Sample(int index) => File.ReadAllBytes(Repository.PathOf("sample-images", (index % 6) switch
    {
        0 => "cifar10/frog-3.jpg",
        1 => "cifar10/bird-1.jpg",
        2 => "cifar10/airplane-3.jpg",
        3 => "sign-language-digits/8-2.jpg",
        4 => "sign-language-digits/1-2.jpg",
        _ => "sign-language-digits/2-2.jpg",
    }));
}
