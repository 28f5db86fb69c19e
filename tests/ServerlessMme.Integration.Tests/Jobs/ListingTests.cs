using System.Globalization;
using System.Text.Json.Nodes;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Requests;
using ServerlessMme.Storage.Documents;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Jobs;

public sealed class ListingTests(JobsFixture jobs) : IClassFixture<JobsFixture>
{
    private const int Timeout = 240_000;
    private const int Images = 300;
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(90);

    [Theory(Timeout = Timeout)]
    [InlineData("one-slice", "00:04:00")]
    [InlineData("many-slices", "00:00:00.010")]
    public async Task Killing_workers_while_they_list_a_job_leaves_counts_that_add_up(string name, string slice)
    {
        var model = await jobs.PushAsync(jobs.First, name);
        var sample = BinaryData.FromBytes(await File.ReadAllBytesAsync(Repository.CifarImages[0]));
        await Parallel.ForEachAsync(Enumerable.Range(0, Images), async (i, _) => await jobs.Storage.DropAsync(
            model, string.Create(CultureInfo.InvariantCulture, $"{i}.jpg"), sample));
        var id = await RequestAsync(model);
        var settings = new[]
        {
            ("Mme__Reconcile__Interval", "00:00:00"),
            ("Mme__Queue__Visibility", "00:00:05"),
            ("Mme__Batch__Size", "1"),
            ("Mme__Rescore__TimeSlice", slice),
        };

        for (var kills = 0; kills < 3; kills++)
        {
            await using var victim = await jobs.StartWorkerAsync(settings);
            var before = await SentAsync(id);
            await Eventually.GetAsync<object>(Long, "more messages", async () =>
                await SentAsync(id) is var now && (now > before || now == Images) ? victim : null);
            await victim.KillAsync();
        }

        await using var worker = await jobs.StartWorkerAsync(settings);
        var job = await Eventually.GetAsync(Long, "the job's end", async () =>
            await jobs.JobAsync(id.Value) is var found && found["endedAt"] is not null ? found : null);

        Assert.Equal("completed", job["state"]!.GetValue<string>());
        Assert.Equal(Images, job["counts"]!["total"]!.GetValue<long>());
        Assert.Equal(Images, job["counts"]!["done"]!.GetValue<long>());
    }

    /// <summary>Starts a job as the Functions app does: a record, and one message.</summary>
    private async Task<JobId> RequestAsync(ModelName model)
    {
        var records = new JobRecords(new BlobDocumentStore(jobs.Storage.Account));
        var now = await records.NowAsync(CancellationToken.None);
        var id = JobId.Create(model, now);
        var job = new Job(
            id, JobKind.Rescore, model, new JobAsked(ChangedOnly: true), "a test", Job.NoThreshold, JobState.Listing,
            now.AddSeconds(1), null, null, JobCounts.Nothing);
        Assert.True(await records.TryCreateAsync(job, CancellationToken.None));
        var message = new BatchMessage(model.Value, null, null, id.Value, Rescore: true).ToJson();
        await jobs.Storage.Account.Classify.SendMessageAsync(Convert.ToBase64String(message));
        return id;
    }

    /// <summary>The images in messages that were sent for certain.</summary>
    private async Task<long> SentAsync(JobId id)
    {
        var blob = jobs.Storage.Account.Jobs.GetBlobClient($"sending/{id}.json");
        return await blob.ExistsAsync()
            ? JsonNode.Parse((await blob.DownloadContentAsync()).Value.Content)!["sent"]!.GetValue<long>()
            : 0;
    }
}
