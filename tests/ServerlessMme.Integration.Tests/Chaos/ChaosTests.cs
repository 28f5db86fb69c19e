using Azure.Storage.Blobs.Models;
using ServerlessMme.Core.Models;
using ServerlessMme.Integration.Tests.Jobs;
using ServerlessMme.Storage.Labels;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Chaos;

[Collection(ChaosCollection.Name)]
public sealed class ChaosTests(JobsFixture jobs) : IClassFixture<JobsFixture>
{
    private const int Timeout = 900_000;
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    [Fact(Timeout = Timeout)]
    public async Task Workers_killed_at_random_leave_one_current_label_an_image_and_jobs_that_add_up()
    {
        var run = await Run.StartAsync(jobs, "killed", models: 20, images: 100);
        await using var workers = new Workers(jobs.Storage.Connection);
        await workers.StartAsync();
        var random = new Random(11);
        for (var kill = 0; kill < 8; kill++)
        {
            var before = await run.CountLabelsAsync();
            await Eventually.GetAsync<object>(Long, "more labels", async () =>
                await run.CountLabelsAsync() is var now && (now > before || now == run.Images) ? run : null);
            await workers.ReplaceAsync(random.Next(Workers.Count));
            if (kill == 3)
            {
                await run.ReplaceAsync(0);
            }
        }

        await run.AssertOutcomeAsync(Long);
    }

    [Fact(Timeout = Timeout)]
    public async Task Connections_that_break_and_storage_that_is_busy_change_nothing_in_the_outcome()
    {
        var run = await Run.StartAsync(jobs, "faulty", models: 4, images: 50);
        await using var proxy = new FaultProxy(jobs.Storage.Connection, seed: 5);
        await using var one = await Workers.StartAsync(proxy.Connection);
        await using var other = await Workers.StartAsync(proxy.Connection);
        await Eventually.GetAsync<object>(Long, "labels", async () => await run.CountLabelsAsync() > 0 ? run : null);
        await run.ReplaceAsync(0);

        await run.AssertOutcomeAsync(Long);
        Assert.All(proxy.Faults, fault => Assert.True(fault.Value > 0, $"Nothing was {fault.Key}."));
    }

    /// <summary>Models with images, of which one in ten is bad, and a job per model.</summary>
    private sealed class Run(JobsFixture jobs, IReadOnlyList<ModelName> models, int images)
    {
        private readonly List<string> _jobs = [];

        /// <summary>Number of images of all models together.</summary>
        public int Images => models.Count * images;

        public static async Task<Run> StartAsync(JobsFixture jobs, string name, int models, int images)
        {
            var run = new Run(
                jobs, [.. Enumerable.Range(0, models).Select(i => ModelName.Parse($"{name}-{i:00}").Value)], images);
            await jobs.PushAsync(jobs.First, $"{name}-first");
            await jobs.PushAsync(jobs.Second, $"{name}-second");
            var samples = Repository.CifarImages.Take(images)
                .Select(file => BinaryData.FromBytes(File.ReadAllBytes(file)))
                .ToArray();
            await Parallel.ForEachAsync(run.All(), async (each, _) => await jobs.Storage.DropAsync(
                each.Model, $"{each.Image % 7}/{each.Image}.jpg",
                each.Image % 10 == 0 ? BinaryData.FromString("no image") : samples[each.Image % samples.Length]));
            await Parallel.ForEachAsync(
                Enumerable.Range(0, models), async (i, _) => await run.PublishAsync(i, $"{name}-first"));
            foreach (var model in run.Models)
            {
                var output = await jobs.RunAsync("submit", "--prefix", "", "--model", model.Value);
                run._jobs.Add(output.Split('\n')[0].Trim());
            }

            return run;
        }

        private IReadOnlyList<ModelName> Models => models;

        /// <summary>Publishes the second artifact under a model's name.</summary>
        public Task ReplaceAsync(int number) =>
            PublishAsync(number, models[number].Value[..models[number].Value.LastIndexOf('-')] + "-second");

        public async Task<int> CountLabelsAsync()
        {
            var count = 0;
            foreach (var model in models)
            {
                if (await jobs.Storage.Account.LabelsOf(model).ExistsAsync())
                {
                    count += await jobs.Storage.Account.LabelsOf(model).GetBlobsAsync().CountAsync();
                }
            }

            return count;
        }

        /// <summary>Asserts that the published model made one label per image, and that every job adds up.</summary>
        public async Task AssertOutcomeAsync(TimeSpan atMost)
        {
            foreach (var id in _jobs)
            {
                var job = await Eventually.GetAsync(atMost, $"the end of {id}", async () =>
                    await jobs.JobAsync(id) is var found && found["endedAt"] is not null ? found : null);
                Assert.Equal("completed", job["state"]!.GetValue<string>());
                Assert.Equal(
                    $$"""{"total":{{images}},"done":{{images - (images / 10)}},"refused":{{images / 10}},"skipped":0,"givenUp":0,"cancelled":0}""",
                    job["counts"]!.ToJsonString());
            }

            foreach (var model in models)
            {
                await Eventually.GetAsync<object>(
                    atMost, $"current labels of {model}", async () => await IsCurrentAsync(model) ? this : null);
            }

            Assert.Empty((await jobs.Storage.Account.Poison.PeekMessagesAsync(32)).Value);
        }

        private async Task<bool> IsCurrentAsync(ModelName model)
        {
            var account = jobs.Storage.Account;
            var version = (await account.Models.GetBlobClient($"{model}.tar.gz").GetPropertiesAsync()).Value.ETag;
            var expected = new Dictionary<string, string>();
            await foreach (var image in account.ImagesOf(model).GetBlobsAsync())
            {
                expected[image.Name + ".json"] = Unquoted(image.Properties.ETag!.Value);
            }

            var found = new Dictionary<string, string?>();
            await foreach (var label in account.LabelsOf(model).GetBlobsAsync(
                BlobTraits.Metadata, BlobStates.None, null, CancellationToken.None))
            {
                var stamp = BlobLabelSink.StampOf(label.Metadata);
                if (stamp.ModelVersion != Unquoted(version))
                {
                    return false;
                }

                found[label.Name] = stamp.ImageETag;
            }

            Assert.Equal(images, expected.Count);
            Assert.Equal(expected.Keys.Order(), found.Keys.Order());
            Assert.All(expected, each => Assert.Equal(each.Value, found[each.Key]));
            return true;
        }

        private async Task PublishAsync(int number, string artifact)
        {
            var container = jobs.Storage.Account.Models;
            var bytes = (await container.GetBlobClient($"{artifact}.tar.gz").DownloadContentAsync()).Value.Content;
            await container.GetBlobClient($"{models[number]}.tar.gz").UploadAsync(bytes, overwrite: true);
        }

        private IEnumerable<(ModelName Model, int Image)> All() =>
            models.SelectMany(_ => Enumerable.Range(0, images), (model, image) => (model, image));

        private static string Unquoted(global::Azure.ETag etag) => etag.ToString().Trim('"');
    }
}
