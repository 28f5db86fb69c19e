using System.Text.Json.Nodes;
using Azure.Storage.Blobs.Specialized;
using ServerlessMme.Integration.Tests.Running;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Jobs;

public sealed class JobTests(JobsFixture jobs) : IClassFixture<JobsFixture>
{
    private const int Timeout = 240_000;
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(90);

    // Only jobs ask for labels here, so the counts don't depend on timing.
    private static readonly (string, string) NoSweeps = ("Mme__Reconcile__Interval", "00:00:00");

    [Fact(Timeout = Timeout)]
    public async Task A_submitted_folder_ends_with_the_right_counts_and_rescoring_says_what_changed()
    {
        await jobs.PushAsync(jobs.First, "pets");
        await using var worker = await jobs.StartWorkerAsync();

        var lines = Lines(await jobs.RunAsync(
            "submit", jobs.Images, "--model", "pets", "--watch", "--by", "a test", "--error-threshold", "0"));
        var again = Lines(await jobs.RunAsync("submit", jobs.Images, "--model", "pets", "--watch"));

        Assert.Equal($"60 images from '{jobs.Images}' (60 uploaded).", lines[1]);
        Assert.Equal($"{lines[0]} has completed: 60 of 60: 60 done", lines[^1]);
        Assert.Equal($"60 images from '{jobs.Images}' (0 uploaded).", again[1]);
        Assert.Equal($"{again[0]} has completed: 60 of 60: 0 done, 60 skipped", again[^1]);
        var job = await jobs.JobAsync(lines[0]);
        Assert.Equal("a test", job["by"]!.GetValue<string>());
        Assert.Contains(lines[0], await jobs.RunAsync("jobs", "list"), StringComparison.Ordinal);

        // A sweep may label images before the job does. The report is the same either way.
        await jobs.PushAsync(jobs.Second, "pets");
        var folder = jobs.NewFolder();
        var rescored = Lines(await jobs.RunAsync("rescore", "--model", "pets", "--report", folder));
        await AssertReportAsync(folder, rescored[0]);
        Assert.Equal("completed", (await jobs.JobAsync(rescored[0]))["state"]!.GetValue<string>());
        Assert.Contains(
            "would score 0 images of pets with version ",
            await jobs.RunAsync("rescore", "--model", "pets", "--changed-only", "--dry-run"),
            StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_switched_alias_has_its_images_scored_again()
    {
        await jobs.PushAsync(jobs.First, "animals-v1");
        await jobs.PushAsync(jobs.Second, "animals-v2");
        var alias = Core.Models.ModelName.Parse("animals").Value;
        await jobs.RunAsync("models", "alias", "animals", "animals-v1");
        await using var worker = await jobs.StartWorkerAsync();
        await jobs.RunAsync("submit", jobs.Images, "--model", "animals", "--watch");
        using var before = await jobs.Storage.LabelAsync(alias, "cifar10/cat-1.jpg", Long);
        Assert.Equal("cat", before.RootElement.GetProperty("label").GetString());
        Assert.Equal("animals-v1", before.RootElement.GetProperty("model").GetProperty("target").GetString());
        await SchemaCheck.AssertAsync("label", before.RootElement.GetRawText());

        await jobs.RunAsync("models", "alias", "animals", "animals-v2");

        using var after = await jobs.Storage.LabelAsync(
            alias, "cifar10/cat-1.jpg", Long,
            label => label.GetProperty("model").GetProperty("target").GetString() == "animals-v2");
        Assert.Equal("dog", after.RootElement.GetProperty("label").GetString());
        Assert.Equal("animals", after.RootElement.GetProperty("model").GetProperty("name").GetString());
        var folder = jobs.NewFolder();
        var rescored = Lines(await jobs.RunAsync("rescore", "--model", "animals", "--report", folder));
        await AssertReportAsync(folder, rescored[0]);
    }

    [Fact(Timeout = Timeout)]
    public async Task Killing_workers_in_the_middle_of_a_job_leaves_counts_that_add_up()
    {
        var model = await jobs.PushAsync(jobs.First, "killed");
        var sample = BinaryData.FromBytes(await File.ReadAllBytesAsync(Repository.CifarImages[0]));
        await Parallel.ForEachAsync(Enumerable.Range(0, 350), async (i, _) => await jobs.Storage.DropAsync(
            model, $"{i}.jpg", i % 10 == 0 ? BinaryData.FromString("no image") : sample));
        var id = Lines(await jobs.RunAsync("submit", "--prefix", "", "--model", "killed"))[0];
        var settings = new[] { NoSweeps, ("Mme__Queue__Visibility", "00:00:05"), ("Mme__Queue__BatchSize", "2") };

        for (var kills = 0; kills < 3; kills++)
        {
            await using var victim = await jobs.StartWorkerAsync(settings);
            var before = await CountAsync();
            await Eventually.GetAsync<object>(Long, "more labels", async () =>
                await CountAsync() is var now && (now > before || now == 350) ? victim : null);
            await victim.KillAsync();
        }

        await using var worker = await jobs.StartWorkerAsync(settings);
        var job = await Eventually.GetAsync(Long, "the job's end", async () =>
            await jobs.JobAsync(id) is var found && found["endedAt"] is not null ? found : null);

        Assert.Equal("completed", job["state"]!.GetValue<string>());
        Assert.Equal(350, Count(job, "total"));
        Assert.Equal(315, Count(job, "done"));
        Assert.Equal(35, Count(job, "refused"));

        async Task<int> CountAsync() => await jobs.Storage.Account.LabelsOf(model).GetBlobsAsync().CountAsync();
    }

    [Fact(Timeout = Timeout)]
    public async Task A_message_that_was_given_up_is_tried_again_and_the_job_counts_it()
    {
        var model = await jobs.PushAsync(jobs.First, "given-up");
        await jobs.Storage.DropAsync(
            model, "a.jpg", BinaryData.FromBytes(await File.ReadAllBytesAsync(Repository.CifarImages[0])));
        // The label is leased, so storage refuses to replace it.
        var locked = jobs.Storage.Account.LabelsOf(model).GetBlobClient("a.jpg.json");
        await locked.UploadAsync(BinaryData.FromString("{}"));
        var lease = locked.GetBlobLeaseClient();
        await lease.AcquireAsync(BlobLeaseClient.InfiniteLeaseDuration);
        string id;
        await using (await jobs.StartWorkerAsync(
            NoSweeps,
            ("Mme__Queue__MaxTries", "2"),
            ("Mme__Queue__RetryDelay", "00:00:00.100")))
        {
            // The only image failed.
            id = Lines(await jobs.RunAsync(1, "submit", "--prefix", "a", "--model", "given-up", "--watch"))[0];
        }

        await lease.ReleaseAsync();

        Assert.Equal(1, Count(await jobs.JobAsync(id), "givenUp"));
        var list = await jobs.RunAsync("poison", "list");
        Assert.Contains("RequestFailedException", list, StringComparison.Ordinal);
        Assert.Contains(id, list, StringComparison.Ordinal);

        await using var worker = await jobs.StartWorkerAsync(NoSweeps);
        await jobs.RunAsync("poison", "retry", "--all");
        using var label = await jobs.Storage.LabelAsync(model, "a.jpg", Long);

        await Eventually.GetAsync(Long, "the job's counts", async () =>
            await jobs.JobAsync(id) is var found && Count(found, "done") == 1 ? found : null);
        list = await jobs.RunAsync("poison", "list");
        Assert.Contains("0 messages in the poison queue", list, StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task An_archive_counts_as_one_image()
    {
        var model = await jobs.PushAsync(jobs.First, "archived");
        var sample = await File.ReadAllBytesAsync(Repository.CifarImages[0]);
        await jobs.Storage.DropAsync(
            model, "many.zip", Packed.Zip(Enumerable.Range(0, 40).Select(i => ($"{i}.jpg", sample))));
        await jobs.Storage.DropAsync(model, "one.jpg", BinaryData.FromBytes(sample));
        await using var worker = await jobs.StartWorkerAsync(NoSweeps);

        var lines = Lines(await jobs.RunAsync("submit", "--prefix", "", "--model", "archived", "--watch"));
        var again = Lines(await jobs.RunAsync("rescore", "--model", "archived", "--watch"));

        Assert.Equal($"{lines[0]} has completed: 2 of 2: 2 done", lines[^1]);
        Assert.Contains(
            again, line => line.EndsWith("has completed: 2 of 2: 1 done, 1 skipped", StringComparison.Ordinal));
    }

    [Fact(Timeout = Timeout)]
    public async Task A_cancelled_job_ends_without_work()
    {
        await jobs.PushAsync(jobs.First, "cancelled");
        var id = Lines(await jobs.RunAsync("submit", jobs.Images, "--model", "cancelled"))[0];
        await jobs.RunAsync("jobs", "cancel", id);
        await using var worker = await jobs.StartWorkerAsync(NoSweeps);

        var (exitCode, output, _) = await MmeProcess.RunAsync(jobs.Storage.Connection, "jobs", "watch", id);

        Assert.Equal(1, exitCode);
        Assert.Contains("60 canceled", output, StringComparison.Ordinal);
        Assert.Equal("cancelled", (await jobs.JobAsync(id))["state"]!.GetValue<string>());
        Assert.Contains("canceled", await jobs.RunAsync("jobs", "list"), StringComparison.Ordinal);
    }

    [Theory(Timeout = Timeout)]
    [InlineData(2, "submit", "no-such-folder", "--model", "cifar10")]
    [InlineData(2, "submit", "--model", "cifar10")]
    [InlineData(3, "submit", "sample-images", "--model", "ghost")]
    [InlineData(2, "submit", "sample-images", "--model", "cifar10", "--error-threshold", "-2")]
    [InlineData(3, "rescore", "--model", "ghost")]
    [InlineData(2, "jobs", "show", "../poison/x")]
    [InlineData(2, "poison", "retry")]
    [InlineData(2, "poison", "retry", "../x")]
    [InlineData(1, "models", "alias", "cifar10", "ghost")]
    public async Task What_cannot_be_carried_out_says_why(int expected, params string[] arguments)
    {
        var (exitCode, output, errors) = await MmeProcess.RunAsync(jobs.Storage.Connection, arguments);

        Assert.Equal(expected, exitCode);
        Assert.Empty(output);
        Assert.NotEmpty(errors);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    private static async Task AssertReportAsync(string folder, string id)
    {
        var json = await File.ReadAllTextAsync(Path.Combine(folder, $"{id}.json"));
        await SchemaCheck.AssertAsync("rescore", json);
        var report = JsonNode.Parse(json)!;
        var changes = report["changes"]!.AsArray().ToDictionary(
            change => $"{change!["from"]}>{change["to"]}", change => change!["count"]!.GetValue<long>());
        Assert.Equal(60, changes.Values.Sum());
        Assert.Equal(0, report["new"]!.GetValue<long>());
        // Every cat is a dog now and every dog a cat; nothing else changed.
        var moved = changes.Where(change => change.Key is "cat>dog" or "dog>cat").Sum(change => change.Value);
        Assert.True(moved >= 6, json);
        Assert.Equal(moved, report["changed"]!.GetValue<long>());
        Assert.Equal(60 - moved, report["unchanged"]!.GetValue<long>());
        var page = await File.ReadAllTextAsync(Path.Combine(folder, $"{id}.html"));
        Assert.Contains($"<p class=\"facts\">{id}</p>", page, StringComparison.Ordinal);
        Assert.Contains("How answers changed", page, StringComparison.Ordinal);
    }

    private static string[] Lines(string output) =>
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static long Count(JsonNode job, string name) => job["counts"]![name]!.GetValue<long>();
}
