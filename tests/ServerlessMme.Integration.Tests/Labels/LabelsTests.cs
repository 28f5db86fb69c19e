using System.Text.Json.Nodes;
using ServerlessMme.Integration.Tests.Jobs;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Labels;

public sealed class LabelsTests(JobsFixture jobs) : IClassFixture<JobsFixture>
{
    [Fact(Timeout = 240_000)]
    public async Task Unsure_answers_are_marked_counted_and_listed()
    {
        var model = await jobs.PushAsync(Strict(jobs.NewFolder()), "strict");
        await using var worker = await jobs.StartWorkerAsync(("Mme__Reconcile__Interval", "00:00:00"));

        var watched = (await jobs.RunAsync("submit", jobs.Images, "--model", "strict", "--watch")).TrimEnd();
        var unsure = Rows(await jobs.RunAsync("labels", "strict", "--unsure", "--format", "jsonl", "--top"));
        var all = Rows(await jobs.RunAsync("labels", "strict", "--format", "jsonl"));

        Assert.Equal(60, all.Count);
        Assert.InRange(unsure.Count, 1, 59);
        Assert.All(unsure, row => Assert.True(row["score"]!.GetValue<double>() < 0.95));
        Assert.All(unsure, row => Assert.Equal(5, row["top"]!.AsArray().Count));
        Assert.Equal(
            all.Where(row => row["score"]!.GetValue<double>() < 0.95).Select(row => row["image"]!.GetValue<string>()),
            unsure.Select(row => row["image"]!.GetValue<string>()));
        Assert.EndsWith($"60 done, {unsure.Count} of them unsure", watched, StringComparison.Ordinal);

        using var label = await jobs.Storage.LabelAsync(
            model, unsure[0]["image"]!.GetValue<string>(), TimeSpan.FromSeconds(30));
        Assert.True(label.RootElement.GetProperty("unsure").GetBoolean());
        await SchemaCheck.AssertAsync("label", label.RootElement.GetRawText());
        var table = await jobs.RunAsync("labels", "strict", "--unsure", "--label", "cat", "--since", "1h");
        Assert.StartsWith("label ", table, StringComparison.Ordinal);
        Assert.StartsWith(
            "image,archive,label", await jobs.RunAsync("labels", "strict", "--format", "csv"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { "labels", "nothing-here" }, 3, "'nothing-here' has no labels")]
    [InlineData(new[] { "labels", "strict", "--since", "yesterday" }, 2, "--since is 'yesterday', but must be")]
    [InlineData(
        new[] { "labels", "strict", "--below", "0,6" }, 2, "--below is '0,6', but must be a number with a decimal point")]
    [InlineData(
        new[] { "labels", "strict", "--below", "x" }, 2, "--below is 'x', but must be a number with a decimal point")]
    public async Task What_cannot_be_listed_is_said(string[] arguments, int exitCode, string message)
    {
        var finished = await MmeProcess.RunAsync(jobs.Storage.Connection, arguments);

        Assert.Equal(exitCode, finished.ExitCode);
        Assert.Contains(message, finished.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = 240_000)]
    public async Task A_label_that_is_an_error_code_leads_to_the_option_for_errors()
    {
        await jobs.PushAsync(jobs.First, "refusing");
        await using var worker = await jobs.StartWorkerAsync();
        await jobs.RunAsync("submit", jobs.Images, "--model", "refusing", "--watch");

        var listed = await MmeProcess.RunAsync(
            jobs.Storage.Connection, "labels", "refusing", "--label", "imagenotfound");

        Assert.Equal(0, listed.ExitCode);
        Assert.Contains(
            "ImageNotFound is an error, not an answer. 'mme labels refusing --errors'", listed.Error,
            StringComparison.Ordinal);
        // A number is a label, although codes have numbers too.
        var number = await MmeProcess.RunAsync(jobs.Storage.Connection, "labels", "refusing", "--label", "3");
        Assert.DoesNotContain("is an error", number.Error, StringComparison.Ordinal);
    }

    /// <summary>The CIFAR-10 model, with a threshold that some sample images do not reach.</summary>
    private static string Strict(string folder)
    {
        Directory.CreateDirectory(folder);
        var source = Repository.PathOf("models", "cifar10");
        File.Copy(Path.Combine(source, "model.onnx"), Path.Combine(folder, "model.onnx"));
        var manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(source, "model.json")))!;
        manifest["accept"] = new JsonObject { ["minScore"] = 0.95 };
        File.WriteAllText(Path.Combine(folder, "model.json"), manifest.ToJsonString());
        return folder;
    }

    private static List<JsonNode> Rows(string output) =>
        [.. output.Split('\n').Where(line => line.StartsWith('{')).Select(line => JsonNode.Parse(line)!)];
}
