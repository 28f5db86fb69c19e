using System.Text.Json.Nodes;
using ServerlessMme.Core.Models.Import;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Cli.Tests.Models.Import;

/// <summary><c>mme models init --images</c> on networks whose preprocessing nothing but images can tell.</summary>
public sealed class ProvedPreprocessingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, bool, bool> Variants { get; } = new MatrixTheoryData<string, bool, bool>(
        ["0-1", "-1-1", "0-255", "imagenet"], [false, true], [false, true]);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task Images_tell_range_and_order_of_channels(string rangeName, bool isBgr, bool isChannelsLast)
    {
        var range = ValueRange.All.Single(each => each.Name == rangeName);
        _folder.Write("unknown.onnx", PreprocessingVariants.Of(range, isBgr, isChannelsLast));

        var (exitCode, output, errors) = await MmeProcess.RunAsync(
            null, "models", "init", _folder.PathOf("unknown.onnx"), "--images", FolderPerClass(),
            "--out", _folder.PathOf("made"), "--yes");

        Assert.True(exitCode == 0, output + errors);
        var manifest = JsonNode.Parse(
            await File.ReadAllTextAsync(_folder.PathOf("made/model.json"), TestContext.Current.CancellationToken))!;
        var input = manifest["input"]!;
        Assert.Equal(isBgr ? "BGR" : "RGB", input["channels"]!.GetValue<string>());
        Assert.Equal(range.Scale, input["scale"]!.GetValue<double>(), 1e-9);
        Assert.Equal(Ordered(range.Mean, isBgr), Numbers(input["mean"]!));
        Assert.Equal(Ordered(range.Std, isBgr), Numbers(input["std"]!));
        Assert.Equal(isChannelsLast ? "NHWC" : "NCHW", input["layout"]!.GetValue<string>());
        Assert.Equal("airplane", manifest["labels"]![0]!.GetValue<string>());
    }

    [Fact]
    public async Task An_option_wins_over_the_images_which_are_heard_in_a_warning()
    {
        _folder.Write("unknown.onnx", PreprocessingVariants.Of(ValueRange.Unit, false, false));

        var (_, _, errors) = await MmeProcess.RunAsync(
            null, "models", "init", _folder.PathOf("unknown.onnx"), "--images", FolderPerClass(), "--range", "0-255",
            "--out", _folder.PathOf("made"), "--yes");

        var manifest = JsonNode.Parse(
            await File.ReadAllTextAsync(_folder.PathOf("made/model.json"), TestContext.Current.CancellationToken))!;
        Assert.Equal(1, manifest["input"]!["scale"]!.GetValue<double>());
        Assert.Contains("The images favor \"0 to 1, RGB; stretched\"", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Images_of_unknown_classes_change_nothing()
    {
        _folder.Write("unknown.onnx", PreprocessingVariants.Of(ValueRange.Raw, false, false));
        foreach (var image in Repository.CifarImages)
        {
            _folder.Write($"flat/{Path.GetFileName(image)}", File.ReadAllBytes(image));
        }

        var (exitCode, output, errors) = await MmeProcess.RunAsync(
            null, "models", "init", _folder.PathOf("unknown.onnx"), "--images", _folder.PathOf("flat"), "--range",
            "0-255", "--out", _folder.PathOf("made"), "--yes");

        Assert.Equal(0, exitCode);
        Assert.Contains("of unknown class:", output, StringComparison.Ordinal);
        Assert.Contains("the images prove nothing about the preprocessing", errors, StringComparison.Ordinal);
        var manifest = JsonNode.Parse(
            await File.ReadAllTextAsync(_folder.PathOf("made/model.json"), TestContext.Current.CancellationToken))!;
        Assert.Equal(1, manifest["input"]!["scale"]!.GetValue<double>());
    }

    [Fact]
    public async Task A_file_of_another_name_and_a_link_are_left_alone()
    {
        _folder.Write("unknown.onnx", PreprocessingVariants.Of(ValueRange.Unit, false, false));
        _folder.Write("precious.txt", [1, 2, 3]);
        Directory.CreateDirectory(_folder.PathOf("made"));
        File.CreateSymbolicLink(_folder.PathOf("made/model.onnx.tmp"), _folder.PathOf("precious.txt"));

        var (exitCode, _, errors) = await MmeProcess.RunAsync(
            null, "models", "init", _folder.PathOf("unknown.onnx"), "--out", _folder.PathOf("made"), "--yes");

        Assert.True(exitCode == 0, errors);
        Assert.Equal(3, new FileInfo(_folder.PathOf("precious.txt")).Length);
        Assert.Equal(
            ["model.json", "model.onnx", "model.onnx.tmp"],
            Directory.GetFiles(_folder.PathOf("made")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_model_file_that_is_there_is_not_replaced_without_force()
    {
        _folder.Write("unknown.onnx", PreprocessingVariants.Of(ValueRange.Unit, false, false));
        _folder.Write("made/model.onnx", [1, 2, 3]);

        var (exitCode, _, errors) = await MmeProcess.RunAsync(
            null, "models", "init", _folder.PathOf("unknown.onnx"), "--out", _folder.PathOf("made"), "--yes");

        Assert.Equal(2, exitCode);
        Assert.Contains("already has a model.onnx", errors, StringComparison.Ordinal);
        Assert.Equal(3, new FileInfo(_folder.PathOf("made/model.onnx")).Length);
    }

    [Theory]
    [InlineData("config.json", "{\"id2label\":{\"0\":\"a\",\"0\":\"b\"}}")]
    [InlineData("preprocessor_config.json", "{\"image_mean\":[1e999,0,0]}")]
    [InlineData("labels.json", "[\"\\ud800\"]")]
    public async Task A_companion_that_is_no_sound_json_is_left_out(string name, string json)
    {
        _folder.Write("export/unknown.onnx", PreprocessingVariants.Of(ValueRange.Unit, false, false));
        _folder.Write($"export/{name}", System.Text.Encoding.UTF8.GetBytes(json));

        var (exitCode, output, errors) = await MmeProcess.RunAsync(
            null, "models", "init", _folder.PathOf("export"), "--out", _folder.PathOf("made"), "--yes");

        Assert.True(exitCode == 0, output + errors);
    }

    [Fact]
    public async Task A_model_that_answers_everything_alike_is_flagged()
    {
        // 0 to 1 is what it takes for 0 to 255: every image is black to it.
        _folder.Write("dark.onnx", PreprocessingVariants.Of(ValueRange.Raw, false, false));

        var (_, output, errors) = await MmeProcess.RunAsync(
            null, "models", "init", _folder.PathOf("dark.onnx"), "--range", "0-1", "--out", _folder.PathOf("made"),
            "--yes");

        Assert.Contains("get the same scores", errors, StringComparison.Ordinal);
        Assert.Contains("is written", output, StringComparison.Ordinal);
    }

    private static IEnumerable<double> Ordered(double[] numbers, bool isBgr) => isBgr ? numbers.Reverse() : numbers;

    private static IEnumerable<double> Numbers(JsonNode list) =>
        list.AsArray().Select(number => number!.GetValue<double>());

    /// <summary>The sample images, in a folder per class.</summary>
    private string FolderPerClass()
    {
        foreach (var image in Repository.CifarImages)
        {
            var name = Path.GetFileName(image);
            _folder.Write($"images/{name.Split('-')[0]}/{name}", File.ReadAllBytes(image));
        }

        return _folder.PathOf("images");
    }
}
