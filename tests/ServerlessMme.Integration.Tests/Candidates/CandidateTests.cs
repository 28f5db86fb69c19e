using System.Text.Json.Nodes;
using Azure.Storage.Blobs.Models;
using ServerlessMme.Core.Models;
using ServerlessMme.Integration.Tests.Jobs;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Candidates;

/// <summary><c>mme candidate</c>, and publishing that depends on it, against labels that a worker wrote.</summary>
public sealed class CandidateTests(JobsFixture jobs) : IClassFixture<JobsFixture>
{
    [Fact(Timeout = 240_000)]
    public async Task A_candidate_with_swapped_labels_is_found_out_refused_and_changes_no_label()
    {
        var model = await jobs.PushAsync(jobs.First, "pets");
        await using (var worker = await jobs.StartWorkerAsync(("Mme__Reconcile__Interval", "00:00:00")))
        {
            await jobs.RunAsync("submit", jobs.Images, "--model", "pets", "--watch");
        }

        var before = await VersionsAsync(model);
        var candidate = Retrained(jobs.NewFolder());
        var html = Path.Combine(jobs.NewFolder(), "changes.html");
        var json = await jobs.RunAsync("candidate", "pets", candidate, "--json", "--html", html);

        await SchemaCheck.AssertAsync("candidate", json);
        var found = JsonNode.Parse(json)!;
        Assert.Equal(60, (int)found["images"]!);
        Assert.Equal(60, (int)found["fromLabels"]!);
        Assert.StartsWith("'cat' and 'dog' look swapped", (string)found["findings"]![0]!, StringComparison.Ordinal);
        Assert.True((int)found["agreement"]!["hits"]! < 54);
        var page = await File.ReadAllTextAsync(html);
        Assert.Contains("data:image/jpeg;base64,", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);

        await RefusedAsync(
            "agreement>=0.9 is required, but agreement is", "models", "push", candidate, "--name", "pets", "--require",
            "agreement>=0.9");
        await jobs.PushAsync(jobs.First, "pets-v1");
        await jobs.PushAsync(candidate, "pets-v2");
        await jobs.RunAsync("models", "alias", "latest", "pets-v1");
        await jobs.RunAsync("submit", jobs.Images, "--model", "latest");
        await RefusedAsync(
            "latest is unchanged.", "models", "alias", "latest", "pets-v2", "--require",
            "agreement>=0.9");
        Assert.Contains(
            "stands for pets-v1", await jobs.RunAsync("models", "alias", "latest"), StringComparison.Ordinal);
        await jobs.RunAsync("models", "alias", "latest", "pets-v2", "--require", "agreement>=0.1");
        Assert.Contains(
            "stands for pets-v2", await jobs.RunAsync("models", "alias", "latest"), StringComparison.Ordinal);
        Assert.Equal(before, await VersionsAsync(model));
    }

    [Fact(Timeout = 240_000)]
    public async Task Correct_labels_decide_whether_a_model_is_better()
    {
        await jobs.PushAsync(jobs.Second, "better");
        await jobs.RunAsync("submit", Repository.PathOf("sample-images", "cifar10"), "--model", "better");
        await RefusedAsync(
            "--if-better can't be checked because no image in the container has a correct label",
            "models", "push", jobs.First, "--name", "better", "--if-better");

        var csv = Path.Combine(jobs.NewFolder(), "labels.csv");
        await File.WriteAllTextAsync(csv, "image,label\ncat-1.jpg,cat\ncat-2.png,cat\ndog-1.jpg,dog\n");
        await jobs.RunAsync("truth", "import", "better", csv);

        var pushed = await MmeProcess.RunAsync(
            jobs.Storage.Connection, "models", "push", jobs.First, "--name", "better", "--if-better");
        Assert.True(pushed.ExitCode == 0, pushed.Error);
        Assert.Contains("The candidate fixes 3 answers and breaks 0", pushed.Error, StringComparison.Ordinal);
        // A pipeline that runs again ends as its first run did.
        await jobs.RunAsync("models", "push", jobs.First, "--name", "better", "--if-better");
        await RefusedAsync(
            "The candidate is not better: it fixes 0 answers and breaks 3.",
            "models", "push", jobs.Second, "--name", "better",
            "--if-better");
    }

    [Fact(Timeout = 240_000)]
    public async Task A_candidate_scores_live_drops_beside_the_published_model()
    {
        var model = await jobs.PushAsync(jobs.First, "live");
        await jobs.PushAsync(jobs.Second, "live-next");
        await jobs.RunAsync("candidate", "start", "live", "live-next", "--share", "1");
        var twice = await MmeProcess.RunAsync(jobs.Storage.Connection, "candidate", "start", "live", "live-next");
        Assert.Equal(1, twice.ExitCode);
        Assert.Contains("'live-next' has been scoring alongside 'live'", twice.Error, StringComparison.Ordinal);

        await using var worker = await jobs.StartWorkerAsync(("Mme__Reconcile__Interval", "00:00:00"));
        await jobs.RunAsync("submit", jobs.Images, "--model", "live", "--watch");
        var shown = await Eventually.GetAsync(TimeSpan.FromSeconds(60), "60 answers beside the labels", async () =>
            await jobs.RunAsync("candidate", "show", "live") is var text
            && text.Contains("of 60 images", StringComparison.Ordinal)
                ? text
                : null);

        Assert.Contains("'cat' and 'dog' look swapped", shown, StringComparison.Ordinal);
        var names = await jobs.Storage.Account.LabelsOf(ModelName.Parse("live-next").Value)
            .GetBlobsAsync(BlobTraits.None, BlobStates.None, null, CancellationToken.None).ToListAsync();
        Assert.Empty(names);
        Assert.Equal(60, (await VersionsAsync(model)).Count);
        Assert.Contains(
            "Workers stop within half a minute.", await jobs.RunAsync("candidate", "stop", "live"),
            StringComparison.Ordinal);
    }

    [Fact(Timeout = 240_000)]
    public async Task The_first_model_of_a_name_is_let_through()
    {
        await jobs.RunAsync("models", "push", jobs.First, "--name", "first", "--if-better");
        await jobs.RunAsync("models", "push", jobs.First, "--name", "fresh", "--require", "agreement>=0.9,accuracy>=0.9");
        await jobs.RunAsync("models", "alias", "newest", "fresh", "--require", "agreement>=0.9");
    }

    [Theory]
    [InlineData(new[] { "candidate", "cifar10", "models/cifar10", "--html", "" }, 2, "--html is '', but must be the name")]
    [InlineData(new[] { "candidate", "elsewhere", "elsewhere" }, 2, "'elsewhere' is the published model itself.")]
    [InlineData(new[] { "candidate", "cifar10", "nothing-here" }, 3, "'nothing-here' is neither a model folder nor")]
    [InlineData(new[] { "candidate", "cifar10", "no such/folder" }, 2, "There is no folder 'no such/folder'.")]
    [InlineData(new[] { "candidate", "cifar10", "models/cifar10", "--sample", "0" }, 2, "--sample is '0', but must be")]
    [InlineData(new[] { "candidate", "cifar10", "models/cifar10" }, 3, "'images-cifar10' has no images")]
    [InlineData(new[] { "candidate", "show", "cifar10" }, 3, "No candidate is scoring alongside 'cifar10'.")]
    [InlineData(new[] { "candidate", "start", "cifar10", "nothing-here" }, 3, "No model 'nothing-here' is published")]
    [InlineData(new[] { "candidate", "start", "cifar10", "x", "--share", "2" }, 2, "--share is '2', but must be a number")]
    [InlineData(new[] { "models", "push", "models/cifar10", "--require", "acuracy>=0.9" }, 2, "Did you mean 'accuracy'?")]
    public async Task What_cannot_be_compared_is_said(string[] arguments, int exitCode, string message)
    {
        var finished = await MmeProcess.RunAsync(jobs.Storage.Connection, arguments);

        Assert.True(exitCode == finished.ExitCode, finished.Error);
        Assert.Contains(message, finished.Error, StringComparison.Ordinal);
    }

    private async Task RefusedAsync(string message, params string[] arguments)
    {
        var refused = await MmeProcess.RunAsync(jobs.Storage.Connection, arguments);
        Assert.True(refused.ExitCode == 1, refused.Output + refused.Error);
        Assert.Contains(message, refused.Error, StringComparison.Ordinal);
    }

    /// <summary>The model with two labels swapped, which also answers otherwise, because it resizes in another way.</summary>
    private string Retrained(string folder)
    {
        File.Copy(Path.Combine(jobs.Second, "model.onnx"), Path.Combine(folder, "model.onnx"));
        var manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(jobs.Second, "model.json")))!;
        manifest["input"]!["resize"] = new JsonObject { ["filter"] = "nearest" };
        File.WriteAllText(Path.Combine(folder, "model.json"), manifest.ToJsonString());
        return folder;
    }

    private async Task<IReadOnlyList<string>> VersionsAsync(ModelName model) =>
        await jobs.Storage.Account.LabelsOf(model)
            .GetBlobsAsync(BlobTraits.None, BlobStates.None, null, CancellationToken.None)
            .Select(blob => $"{blob.Name} {blob.Properties.ETag}").ToListAsync();
}
