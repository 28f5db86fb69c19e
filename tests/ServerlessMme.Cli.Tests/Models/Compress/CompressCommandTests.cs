using System.Text;
using System.Text.Json.Nodes;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Cli.Tests.Models.Compress;

public sealed class CompressCommandTests : CompressTestBase
{
    [Fact]
    public async Task A_copy_with_the_same_answers_is_written_and_classifies()
    {
        var model = Model(hidden: 256);

        var (exitCode, output, errors) = await CompressAsync(model, "--json");

        Assert.True(exitCode == 0, errors);
        var found = JsonNode.Parse(output)!;
        Assert.Equal(("model", 1, 30), ((string)found["model"]!, (int)found["layers"]!, (int)found["images"]!));
        Assert.InRange((double)found["bytes"]!["ratio"]!, 0.2, 0.3);
        Assert.Equal(0, (int)found["changed"]!["hits"]!);
        Assert.InRange((double)found["largestDifference"]!, 0, 0.01);
        Assert.True((double)found["oneImage"]!["after"]! > 0);
        Assert.Equal(16, (int)found["batch"]!["images"]!);
        Assert.Equal(model + "-int8", (string)found["written"]!);
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(
            Path.Combine(model + "-int8", "model.json"), TestContext.Current.CancellationToken))!;
        Assert.Equal("int8", (string)manifest["onnx"]!["weights"]!);
        Assert.Equal("größer", (string)manifest["description"]!);
        Assert.Equal(await LabelsAsync(model), await LabelsAsync(model + "-int8"));
    }

    [Fact]
    public async Task Accuracy_decides_whereFolders_are_named_like_labels()
    {
        CopySamples("dark");

        var (exitCode, output, errors) = await RunAsync(Model(hidden: 256), "--out", Folder.PathOf("small"));

        Assert.True(exitCode == 0, errors);
        Assert.Matches(@"accuracy +\d+\.\d\d% .* before, \d+\.\d\d% .* after, on 30 images", output);
        Assert.Contains(
            "is written. To publish it in place of the original model, run:", output, StringComparison.Ordinal);
        Assert.True(File.Exists(Folder.PathOf("small", "model.onnx")));
    }

    [Fact]
    public async Task A_network_of_convolutions_is_refused()
    {
        var model = Model(hidden: 256, filters: 128);

        var (exitCode, output, errors) = await CompressAsync(model);

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("of the original's bytes, but must save at least half", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(model + "-int8"));
        await AssertRefusedInJsonAsync(model, "must save at least half", layers: 1);
    }

    [Fact]
    public async Task A_network_without_a_large_dense_layer_is_refused()
    {
        var model = Model(hidden: 4);

        var (exitCode, _, errors) = await CompressAsync(model);

        const string expected = "InvalidModel: model.onnx of model 'model' has no dense layer";
        Assert.Equal(1, exitCode);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
        await AssertRefusedInJsonAsync(model, expected, layers: null);
    }

    [Fact]
    public async Task Files_that_are_no_images_are_refused_in_json_too()
    {
        for (var i = 0; i < 20; i++)
        {
            Folder.Write($"images/{i}.png", [1, 2, 3]);
        }

        var (exitCode, output, _) = await RunAsync(Model(hidden: 256), "--json");

        Assert.Equal(1, exitCode);
        var found = JsonNode.Parse(output)!;
        Assert.Equal(20, found["refused"]!.AsArray().Count);
        Assert.Contains("has 0 usable images", (string)found["refusal"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changed_answers_are_refused_and_reported()
    {
        var model = Model(hidden: 256, isRuined: true);

        var (exitCode, output, errors) = await CompressAsync(model, "--max-loss", "0");

        Assert.Equal(1, exitCode);
        Assert.Matches(@"answers +[1-9]\d* of 30 changed, ", output);
        Assert.Contains("more than --max-loss 0 allows.", errors, StringComparison.Ordinal);
        Assert.Contains("Nothing was written.", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(model + "-int8"));
    }

    [Fact]
    public async Task Changed_answers_are_refused_where_accuracy_is_known_too()
    {
        CopySamples("dark");

        var (exitCode, output, errors) = await RunAsync(
            Model(hidden: 256, isRuined: true), "--max-loss", "1", "--max-changed", "0");

        Assert.Equal(1, exitCode);
        Assert.Contains("  accuracy  ", output, StringComparison.Ordinal);
        Assert.Contains("more than --max-changed 0 allows.", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_compressed_model_is_not_compressed_again()
    {
        var model = Model(hidden: 256, manifest: Manifest[..^1] + ",\"onnx\":{\"weights\":\"int8\"}}");

        var (exitCode, _, errors) = await CompressAsync(model);

        Assert.Equal(2, exitCode);
        Assert.Contains("'model' is already compressed", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Few_images_are_counted()
    {
        foreach (var image in Repository.CifarImages.Take(3))
        {
            Copy(image, "");
        }

        var (exitCode, _, errors) = await RunAsync(Model(hidden: 256));

        Assert.Equal(2, exitCode);
        Assert.Contains(
            "has 3 usable images, but a comparison needs at least 20", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_is_there_is_replaced_only_with_force()
    {
        var model = Model(hidden: 256);
        var other = Folder.PathOf("other");
        Folder.Write("other/model.json", Encoding.UTF8.GetBytes(Manifest));

        var (exitCode, _, errors) = await CompressAsync(model, "--out", other);

        Assert.Equal(2, exitCode);
        Assert.Contains("already has a model.json. Replace it with --force", errors, StringComparison.Ordinal);
        Assert.Equal(0, (await CompressAsync(model, "--out", other, "--force")).ExitCode);
        Assert.Contains("already", (await CompressAsync(other, "--force")).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model")]
    [InlineData("other/../model/")]
    [InlineData("linked")]
    public async Task The_model_itself_is_never_overwritten(string target)
    {
        var model = Model(hidden: 256);
        var network = await File.ReadAllBytesAsync(
            Path.Combine(model, "model.onnx"), TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(Folder.PathOf("linked"), model);

        foreach (var (from, to) in new[] { ("model", target), (target, "model") })
        {
            var (exitCode, output, errors) = await CompressAsync(
                Folder.PathOf(from), "--out", Folder.PathOf(to), "--force");

            Assert.Equal((2, ""), (exitCode, output));
            Assert.Contains("contains the original model", errors, StringComparison.Ordinal);
        }

        Assert.Equal(network, await File.ReadAllBytesAsync(
            Path.Combine(model, "model.onnx"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_machines_tensor_store_keeps_nothing()
    {
        CopySamples("");
        var store = Folder.PathOf("store");

        var (exitCode, _, errors) = await MmeProcess.RunAsync(
            null, [("Mme__Onnx__StorePath", store)], Arguments(Model(hidden: 256)));

        Assert.True(exitCode == 0, errors);
        Assert.False(Directory.Exists(store));
    }

    [Theory]
    [InlineData("Mme__Onnx__MaxBatch", "16", 0)]
    [InlineData("Mme__Onnx__MaxBatch", "0", 4)]
    public async Task No_temporaryFolder_is_left_behind(string setting, string value, int expected)
    {
        CopySamples("");
        var temporary = Directory.CreateDirectory(Folder.PathOf("temporary")).FullName;
        Folder.Write("temporary/mme-compress-killed/lock", []);

        var (exitCode, _, errors) = await MmeProcess.RunAsync(
            null,
            [(OperatingSystem.IsWindows() ? "TMP" : "TMPDIR", temporary), (setting, value)],
            Arguments(Model(hidden: 256)));

        Assert.True(exitCode == expected, errors);
        Assert.Empty(Directory.EnumerateDirectories(temporary, "mme-compress-*"));
    }

    [Theory]
    [InlineData("--images", "models", "compress", "models/cifar10")]
    [InlineData("There is no model in", "models", "compress", "no-such-model", "--images", "sample-images")]
    [InlineData("is an export, not a model folder", "models", "compress", "models/cifar10/model.onnx", "--images", "docs")]
    [InlineData("is a file, but must be a folder", "models", "compress", "README.md", "--images", "docs")]
    [InlineData("There is no folder 'no-such'", "models", "compress", "cifar10", "--images", "no-such")]
    [InlineData("--max-loss is '2'", "models", "compress", "cifar10", "--images", "docs", "--max-loss", "2")]
    [InlineData("--max-changed is 'x'", "models", "compress", "cifar10", "--images", "docs", "--max-changed", "x")]
    public async Task A_command_line_that_cannot_be_carried_out_ends_with_2(string message, params string[] arguments)
    {
        var (exitCode, output, errors) = await MmeProcess.RunAsync(null, arguments);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(message, errors, StringComparison.Ordinal);
    }

    private async Task AssertRefusedInJsonAsync(string model, string refusal, int? layers)
    {
        var (exitCode, output, errors) = await RunAsync(model, "--json");

        Assert.Equal(1, exitCode);
        Assert.Contains("Nothing was written.", errors, StringComparison.Ordinal);
        var found = JsonNode.Parse(output)!;
        Assert.Equal(("model", layers), ((string)found["model"]!, (int?)found["layers"]));
        Assert.Equal(layers is not null, found["bytes"] is not null);
        Assert.Contains(refusal, (string)found["refusal"]!, StringComparison.Ordinal);
    }

    private async Task<string> LabelsAsync(string model)
    {
        var (exitCode, output, errors) = await MmeProcess.RunAsync(
            null, ["classify", Folder.PathOf("images"), "--model", model, "--format", "csv"]);
        Assert.True(exitCode == 0, errors);
        return string.Join('\n', output.Split('\n').Select(line => string.Join(',', line.Split(',').Take(2))));
    }
}
