using System.Text.Json;
using System.Text.Json.Nodes;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Cli.Tests.Evaluate;

/// <summary><c>mme evaluate</c> in a process of its own, on the project's sample images.</summary>
public sealed class EvaluateCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Figures_are_right_and_what_is_left_out_is_reported()
    {
        CopySamples();
        Copy(Repository.CifarImages[0], "zebra/stripes.jpg");
        Copy(Repository.CifarImages[0], "loose.jpg");
        _folder.Write("images/cat/broken.jpg", "no image"u8);
        _folder.Write("images/cat/notes.txt", "no image"u8);

        var (exitCode, output, errors) = await EvaluateAsync("cifar10", "--json");

        Assert.Equal(0, exitCode);
        await SchemaCheck.AssertAsync("evaluation", output);
        var found = JsonNode.Parse(output)!;
        Assert.Equal((30, 30), ((int)found["accuracy"]!["hits"]!, (int)found["accuracy"]!["images"]!));
        Assert.Equal(30, (int)found["images"]!["evaluated"]!);
        Assert.Equal("NotAnImage", (string)found["images"]!["refused"]![0]!["code"]!);
        Assert.Equal("zebra", (string)found["images"]!["unknownFolders"]![0]!["folder"]!);
        Assert.Equal(1, (int)found["images"]!["unlabelled"]!);
        Assert.Equal(1, (int)found["images"]!["skipped"]!["count"]!);
        Assert.Contains("1 image refused with NotAnImage: cat/broken.jpg.", errors, StringComparison.Ordinal);
        Assert.Contains("1 image in 1 folder without a matching label: zebra.", errors, StringComparison.Ordinal);
        Assert.Contains("1 image not in a label folder.", errors, StringComparison.Ordinal);
        Assert.Contains("1 other file: 1 .txt.", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_temperature_changes_scores_and_the_best_one_stays_the_same()
    {
        CopySamples();
        var plain = Model("plain", manifest => Set(manifest, "channels", "BGR"));
        var hot = Model("hot", manifest =>
        {
            Set(manifest, "channels", "BGR");
            manifest["output"]!["temperature"] = 3;
        });

        var before = JsonNode.Parse((await EvaluateAsync(plain, "--json")).Output)!;
        var after = JsonNode.Parse((await EvaluateAsync(hot, "--json")).Output)!;

        Assert.Equal((double)before["accuracy"]!["value"]!, (double)after["accuracy"]!["value"]!);
        Assert.NotEqual(
            (double)before["calibration"]!["negativeLogLikelihood"]!,
            (double)after["calibration"]!["negativeLogLikelihood"]!,
            1e-3);
        Assert.Equal(3, (double)after["model"]!["temperature"]!);
        Assert.False((bool)after["temperature"]!["isAtBound"]!);
        Assert.Equal((double)before["temperature"]!["value"]!, (double)after["temperature"]!["value"]!, 1e-4);
        Assert.Equal(
            (double)before["temperature"]!["error"]!, (double)after["temperature"]!["error"]!, 1e-4);
    }

    [Fact]
    public async Task The_table_has_figures_and_a_suggestion_in_words()
    {
        CopySamples();

        var (exitCode, output, _) = await EvaluateAsync("cifar10", "--target", "0.8");

        Assert.Equal(0, exitCode);
        Assert.Contains("cifar10: 30 of 30 images right, 100.0% (88.6% to 100.0%)", output, StringComparison.Ordinal);
        Assert.Contains("Accepting scores of 0.00 and above accepts 100.0%", output, StringComparison.Ordinal);
        Assert.Contains("With only 30 images, the intervals are wide.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_has_every_figure_and_no_byte_of_the_images()
    {
        CopySamples();
        var model = Model("mistaken", manifest => Set(manifest, "channels", "BGR"));
        var page = _folder.PathOf("report.html");

        var (exitCode, _, _) = await EvaluateAsync(model, "--html", page);

        var html = await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken);
        Assert.Equal(0, exitCode);
        Assert.Contains("Where it goes wrong", html, StringComparison.Ordinal);
        Assert.Contains("Most confident mistakes", html, StringComparison.Ordinal);
        Assert.Contains("src=\"data:image/jpeg;base64,", html, StringComparison.Ordinal);
        Assert.All(
            Repository.CifarImages,
            image => Assert.DoesNotContain(
                Convert.ToBase64String(File.ReadAllBytes(image)), html, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_model_with_several_labels_per_image_is_refused()
    {
        CopySamples();
        var model = Model("many", manifest => manifest["output"]!["task"] = "multi");

        var (exitCode, output, errors) = await EvaluateAsync(model);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(
            "'many' can give an image several labels (output.task is multi)", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_images_that_cannot_be_scored_end_with_1()
    {
        _folder.Write("images/cat/broken.jpg", "no image"u8);

        var (exitCode, output, errors) = await EvaluateAsync("cifar10");

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains(
            "No image could be scored. The first one was refused with NotAnImage", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folders_that_no_label_names_are_told_beside_the_labels()
    {
        Copy(Repository.CifarImages[0], "zebra/stripes.jpg");

        var (exitCode, output, errors) = await EvaluateAsync("cifar10");

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains("Folders: zebra. Labels: airplane, automobile,", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Images_without_folders_are_told_where_to_go()
    {
        Copy(Repository.CifarImages[0], "loose.jpg");

        var (exitCode, _, errors) = await EvaluateAsync("cifar10");

        Assert.Equal(2, exitCode);
        Assert.Contains("are not in label folders. Put them into folders", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_folder_is_reported_as_such()
    {
        Directory.CreateDirectory(_folder.PathOf("images"));

        var (exitCode, _, errors) = await EvaluateAsync("cifar10");

        Assert.Equal(2, exitCode);
        Assert.Contains(
            "has no images. mme searches for files with the extensions .jpg", errors, StringComparison.Ordinal);
        Assert.EndsWith(".bmp.\n", errors.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'mme evaluate' needs <model>", "evaluate", "--images", "sample-images")]
    [InlineData("--images", "evaluate", "cifar10")]
    [InlineData("--images is empty.", "evaluate", "cifar10", "--images", "")]
    [InlineData("<model> is empty.", "evaluate", "", "--images", "sample-images")]
    [InlineData("There is no folder 'no-such-folder'. mme searched for '", "evaluate", "cifar10", "--images", "no-such-folder")]
    [InlineData("--images is the file 'README.md'", "evaluate", "cifar10", "--images", "README.md")]
    [InlineData("There is no model in", "evaluate", "no-such-model", "--images", "sample-images")]
    [InlineData("--target is '1'", "evaluate", "cifar10", "--images", "sample-images", "--target", "1")]
    [InlineData("--html is 'no/such.html'", "evaluate", "cifar10", "--images", "docs", "--html", "no/such.html")]
    public async Task A_command_line_that_cannot_be_carried_out_ends_with_2(string message, params string[] arguments)
    {
        var (exitCode, output, errors) = await MmeProcess.RunAsync(null, arguments);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(message, errors, StringComparison.Ordinal);
    }

    private Task<Finished> EvaluateAsync(string model, params string[] options) =>
        MmeProcess.RunAsync(null, ["evaluate", model, "--images", _folder.PathOf("images"), .. options]);

    /// <summary>The readable samples of CIFAR-10 in a folder per label, some of them in upper case.</summary>
    private void CopySamples()
    {
        foreach (var image in Repository.CifarImages)
        {
            var label = Path.GetFileName(image).Split('-')[0];
            Copy(image, $"{(label == "ship" ? "SHIP" : label)}/{Path.GetFileName(image)}");
        }
    }

    private void Copy(string image, string name) => _folder.Write($"images/{name}", File.ReadAllBytes(image));

    /// <summary>A copy of the CIFAR-10 model with a changed manifest.</summary>
    private string Model(string name, Action<JsonNode> change)
    {
        var manifest = JsonNode.Parse(Repository.Read("models", "cifar10", "model.json"))!;
        change(manifest);
        _folder.Write($"{name}/model.json", JsonSerializer.SerializeToUtf8Bytes(manifest));
        _folder.Write($"{name}/model.onnx", File.ReadAllBytes(Repository.PathOf("models", "cifar10", "model.onnx")));
        return _folder.PathOf(name);
    }

    private static void Set(JsonNode manifest, string member, string value) => manifest["input"]![member] = value;
}
