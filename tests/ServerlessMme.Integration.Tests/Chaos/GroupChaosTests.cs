using System.Text.Json;
using Azure.Storage.Blobs.Models;
using ServerlessMme.Core.Models;
using ServerlessMme.Integration.Tests.Jobs;
using ServerlessMme.Integration.Tests.Running;
using ServerlessMme.Storage.Labels;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Chaos;

[Collection(ChaosCollection.Name)]
public sealed class GroupChaosTests(JobsFixture jobs) : IClassFixture<JobsFixture>
{
    private const int Timeout = 900_000;
    private const int Images = 2000;
    private const int Folders = 7;
    private const int CountedImages = (Images + Folders - 1) / Folders;
    private const int OneInSoManyIsBad = 10;
    private const int Kills = 8;
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(8);

    // Each change makes all labels stale. One emulator must not drown in the questions of three workers and this test.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly (string, string)[] Gentle =
    [
        ("Mme__Reconcile__Interval", "00:00:10"),
        ("Mme__Pipeline__Transfers", "2"),
    ];

    private static readonly ModelName Pack = ModelName.Parse("pack").Value;

    [Fact(Timeout = Timeout)]
    public async Task Members_that_come_change_and_go_under_killed_workers_leave_complete_current_labels_of_the_group()
    {
        var artifacts = (First: await ReadAsync(jobs.First, "first"), Second: await ReadAsync(jobs.Second, "second"));
        foreach (var member in Enumerable.Range(0, 5))
        {
            await PublishAsync(member, artifacts.First);
        }

        await jobs.Storage.Account.Models.GetBlobClient($"{Pack}.json").UploadAsync(
            BinaryData.FromString("""{"group":{"prefix":"pack-"}}"""));
        await DropAsync();
        var job = (await jobs.RunAsync("submit", "--prefix", "", "--model", Pack.Value)).Split('\n')[0].Trim();
        await using var workers = new Workers(jobs.Storage.Connection, Gentle);
        await workers.StartAsync();
        var random = new Random(11);
        for (var kill = 0; kill < Kills; kill++)
        {
            var before = await CountLabelsAsync();
            await Eventually.GetAsync<object>(Long, "more labels", async () =>
                await CountLabelsAsync() is var now && (now > before || now == CountedImages) ? jobs : null);
            await workers.ReplaceAsync(random.Next(Workers.Count));
            await (kill switch
            {
                1 => PublishAsync(1, artifacts.Second),
                2 => PublishAsync(5, artifacts.First),
                4 => jobs.Storage.Account.Models.GetBlobClient(ArtifactOf(2)).DeleteAsync(),
                5 => PublishAsync(1, artifacts.First),
                6 => PublishAsync(3, artifacts.Second),
                _ => Task.CompletedTask,
            });
        }

        await AssertJobAsync(job);
        await Eventually.GetAsync<object>(
            Long, "current labels", async () => await AreCurrentAsync() ? jobs : null, Patience);
        await AssertAnswersAsync();
        Assert.Empty((await jobs.Storage.Account.Poison.PeekMessagesAsync(32)).Value);
    }

    private async Task<BinaryData> ReadAsync(string folder, string name)
    {
        await jobs.PushAsync(folder, name);
        var blob = jobs.Storage.Account.Models.GetBlobClient($"{name}.tar.gz");
        return (await blob.DownloadContentAsync()).Value.Content;
    }

    private Task PublishAsync(int member, BinaryData artifact) =>
        jobs.Storage.Account.Models.GetBlobClient(ArtifactOf(member)).UploadAsync(artifact, overwrite: true);

    private async Task DropAsync()
    {
        var samples = Repository.CifarImages.Select(file => BinaryData.FromBytes(File.ReadAllBytes(file))).ToArray();
        await Parallel.ForEachAsync(Enumerable.Range(0, Images), async (image, _) => await jobs.Storage.DropAsync(
            Pack, $"{image % Folders}/{image}.jpg",
            IsBad(image) ? BinaryData.FromString("no image") : samples[image % samples.Length]));
    }

    /// <summary>The labels of every seventh image: listing all again and again would slow the emulator down.</summary>
    private async Task<int> CountLabelsAsync() => await jobs.Storage.Account.LabelsOf(Pack).ExistsAsync()
        ? await jobs.Storage.Account.LabelsOf(Pack)
            .GetBlobsAsync(BlobTraits.None, BlobStates.None, "0/", CancellationToken.None).CountAsync()
        : 0;

    private async Task AssertJobAsync(string id)
    {
        var job = await Eventually.GetAsync(Long, $"the end of {id}", async () =>
            await jobs.JobAsync(id) is var found && found["endedAt"] is not null ? found : null, Patience);
        Assert.Equal("completed", job["state"]!.GetValue<string>());
        const int bad = Images / OneInSoManyIsBad;
        Assert.Equal(
            $$"""{"total":{{Images}},"done":{{Images - bad}},"refused":{{bad}},"skipped":0,"givenUp":0,"cancelled":0}""",
            job["counts"]!.ToJsonString());
    }

    /// <summary>True when every image has one label, of its own version and of the group's.</summary>
    private async Task<bool> AreCurrentAsync()
    {
        var account = jobs.Storage.Account;
        var version = GroupVersion.Of(await MembersAsync());
        var images = await account.ImagesOf(Pack).GetBlobsAsync()
            .ToDictionaryAsync(image => image.Name + ".json", image => Unquoted(image.Properties.ETag!.Value));
        var stamps = await account.LabelsOf(Pack)
            .GetBlobsAsync(BlobTraits.Metadata, BlobStates.None, null, CancellationToken.None)
            .ToDictionaryAsync(label => label.Name, label => BlobLabelSink.StampOf(label.Metadata));
        if (stamps.Count < Images || stamps.Values.Any(stamp => stamp.ModelVersion != version))
        {
            return false;
        }

        Assert.Equal(images, stamps.ToDictionary(stamp => stamp.Key, stamp => stamp.Value.ImageETag!));
        return true;
    }

    /// <summary>Asserts that every label has one answer from each member, of the version that is published.</summary>
    private async Task AssertAnswersAsync()
    {
        var expected = (await MembersAsync()).Select(member => (member.Name.Value, member.Version)).ToList();
        await Parallel.ForEachAsync(Enumerable.Range(0, Images), async (image, stopping) =>
        {
            var blob = jobs.Storage.Account.LabelsOf(Pack).GetBlobClient($"{image % Folders}/{image}.jpg.json");
            using var label = JsonDocument.Parse((await blob.DownloadContentAsync(stopping)).Value.Content);
            if (IsBad(image))
            {
                Assert.Equal("NotAnImage", LabelError.CodeOf(label.RootElement));
                return;
            }

            Assert.Equal(expected, label.RootElement.GetProperty("answers").EnumerateArray().Select(answer => (
                answer.GetProperty("model").GetProperty("name").GetString()!,
                answer.GetProperty("model").GetProperty("version").GetString())));
            Assert.All(
                label.RootElement.GetProperty("answers").EnumerateArray(),
                answer => Assert.Null(LabelError.CodeOf(answer)));
        });
    }

    private async Task<List<GroupMember>> MembersAsync()
    {
        var members = new List<GroupMember>();
        await foreach (var blob in jobs.Storage.Account.Models.GetBlobsAsync(
            BlobTraits.None, BlobStates.None, $"{Pack}-", CancellationToken.None))
        {
            var name = ModelName.Parse(blob.Name.Split('.')[0]).Value;
            members.Add(new GroupMember(name, Unquoted(blob.Properties.ETag!.Value)));
        }

        return members;
    }

    private static string ArtifactOf(int member) => $"{Pack}-{member}.tar.gz";

    private static bool IsBad(int image) => image % OneInSoManyIsBad == 0;

    private static string Unquoted(global::Azure.ETag etag) => etag.ToString().Trim('"');
}
