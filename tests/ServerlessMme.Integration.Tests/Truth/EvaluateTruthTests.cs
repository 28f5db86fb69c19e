using System.Text.Json.Nodes;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Truth;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Truth;

/// <summary><c>mme evaluate --truth</c>.</summary>
public sealed class EvaluateTruthTests(TruthFixture truth) : IClassFixture<TruthFixture>, IDisposable
{
    private const int Timeout = 240_000;
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken None => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact(Timeout = Timeout)]
    public async Task A_published_model_is_evaluated_on_stored_images_and_labels()
    {
        var model = await truth.AliasAsync();
        await StoreAsync(model);
        await truth.Store.WriteAsync(model, "ship/ship-1.jpg", Known("cat"), None);
        await truth.Store.WriteAsync(model, "gone.jpg", Known("cat"), None);
        await truth.Store.WriteAsync(model, "holiday.zip/1.jpg", Known("cat"), None);
        await truth.Store.WriteAsync(model, "zebra.jpg", Known("zebra"), None);
        var page = _folder.PathOf("report.html");

        var finished = await truth.RunAsync("evaluate", model.Value, "--truth", "--json", "--html", page);

        Assert.True(finished.ExitCode == 0, finished.Error);
        await SchemaCheck.AssertAsync("evaluation", finished.Output);
        var found = JsonNode.Parse(finished.Output)!;
        Assert.Equal((29, 30), ((int)found["accuracy"]!["hits"]!, (int)found["accuracy"]!["images"]!));
        Assert.Equal("zebra", (string)found["images"]!["unknownLabels"]![0]!["label"]!);
        Assert.Equal("ship/ship-1.jpg", (string)found["mistakes"]![0]!["image"]!);
        Assert.Contains($"1 image missing from images-{model}: gone.jpg.", finished.Error, StringComparison.Ordinal);
        Assert.Contains("Left out: 1 image in archives.", finished.Error, StringComparison.Ordinal);
        Assert.Contains(
            "1 image with a correct label that the model doesn't have: zebra.",
            finished.Error,
            StringComparison.Ordinal);
        Assert.Contains(
            "src=\"data:image/jpeg;base64,", await File.ReadAllTextAsync(page, None), StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_sample_is_the_same_each_time()
    {
        var model = await truth.AliasAsync();
        await StoreAsync(model);

        var finished = await truth.RunAsync("evaluate", model.Value, "--truth", "--sample", "10", "--json");
        var again = await truth.RunAsync("evaluate", model.Value, "--truth", "--sample", "10", "--json");

        Assert.True(finished.ExitCode == 0, finished.Error);
        var found = JsonNode.Parse(finished.Output)!;
        Assert.Equal((10, 30), ((int)found["images"]!["evaluated"]!, (int)found["images"]!["sampledFrom"]!));
        Assert.Equal(
            found["labels"]!.ToJsonString(), JsonNode.Parse(again.Output)!["labels"]!.ToJsonString());
        Assert.Contains("Left out: 20 of 30 images, because of --sample.", finished.Error, StringComparison.Ordinal);
    }

    [Theory(Timeout = Timeout)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_local_model_is_evaluated_on_the_images_of_another_name(bool isPath)
    {
        var model = await truth.AliasAsync();
        await StoreAsync(model);
        var local = _folder.PathOf("cifar-next");
        Directory.CreateDirectory(local);
        foreach (var file in new[] { "model.json", "model.onnx" })
        {
            File.Copy(Repository.PathOf("models", "cifar10", file), Path.Combine(local, file));
        }

        var finished = isPath
            ? await MmeProcess.RunAsync(
                null, "evaluate", local, "--truth", model.Value, "--storage", truth.Connection, "--json")
            : await truth.RunAsync("evaluate", local, "--truth", model.Value, "--json");

        Assert.True(finished.ExitCode == 0, finished.Error);
        var found = JsonNode.Parse(finished.Output)!;
        Assert.Equal("cifar-next", (string)found["model"]!["name"]!);
        Assert.Equal(30, (int)found["accuracy"]!["hits"]!);
    }

    [Fact(Timeout = Timeout)]
    public async Task An_image_that_is_gone_is_missing_from_its_container()
    {
        var model = await truth.AliasAsync();
        await StoreAsync(model);
        await truth.Store.WriteAsync(model, "ship/gone.jpg", Known("ship"), None);

        var finished = await truth.RunAsync("evaluate", model.Value, "--truth");

        Assert.True(finished.ExitCode == 0, finished.Error);
        Assert.Contains(
            $"Left out: 1 image missing from {model.ImagesContainer}: ship/gone.jpg.", finished.Error,
            StringComparison.Ordinal);
    }

    [Theory(Timeout = Timeout)]
    [InlineData(2, "Specify either --images FOLDER or --truth", "cifar10")]
    [InlineData(2, "Specify either --images FOLDER or --truth", "cifar10", "--truth", "--images", "docs")]
    [InlineData(2, "--truth: 'No Model' is not a model name", "cifar10", "--truth", "No Model")]
    [InlineData(3, "No image of 'cifar10' has a correct label", "cifar10", "--truth")]
    [InlineData(2, "--sample is '0'", "cifar10", "--truth", "--sample", "0")]
    public async Task Problems_are_told_with_the_value(int exitCode, string message, params string[] arguments)
    {
        var finished = await truth.RunAsync(["evaluate", .. arguments]);

        Assert.Equal((exitCode, ""), (finished.ExitCode, finished.Output));
        Assert.Contains(message, finished.Error, StringComparison.Ordinal);
    }

    private async Task StoreAsync(ModelName model)
    {
        foreach (var name in await truth.DropSamplesAsync(model))
        {
            await truth.Store.WriteAsync(model, name, Known(name.Split('/')[0]), None);
        }
    }

    private static CorrectLabel Known(string label) => new(label, null, null);
}
