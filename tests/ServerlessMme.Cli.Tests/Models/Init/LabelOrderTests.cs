using System.Text;
using System.Text.Json.Nodes;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Cli.Tests.Models.Init;

/// <summary><c>mme models init --images</c> on networks whose labels may not be in the folders' order.</summary>
public sealed class LabelOrderTests : IDisposable
{
    private const int PerClass = 12;
    private static readonly float[] Red = [1, -1, -1];
    private static readonly float[] Green = [-1, 1, -1];
    private static readonly float[] Blue = [-1, -1, 1];
    private static readonly float[] Yellow = [0.5f, 0.5f, -1];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Labels_of_folders_are_in_doubt_if_channels_in_another_order_make_up_for_theirs()
    {
        _folder.Write("colors.onnx", ColorNetwork.Of(20, Red, Green, Blue));
        WritePhotos("red", "green", "blue");

        var (exitCode, output, errors) = await InitAsync();

        Assert.True(exitCode == 0, errors);
        Assert.Contains(
            "The images fit BGR, but they fit RGB as well if the labels are in another order: red, green, blue.",
            errors, StringComparison.Ordinal);
        Assert.Contains("pass it with --labels FILE", errors, StringComparison.Ordinal);
        Assert.Contains("The files don't determine labels, input.channels, ", errors, StringComparison.Ordinal);
        Assert.Contains("UNSURE  labels ", output, StringComparison.Ordinal);
        Assert.Contains("* 36 of 36 right        0.000  confidence 1.000  0 to 1, BGR; stretched", output,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_labels_leave_no_doubt_about_the_channels()
    {
        _folder.Write("colors.onnx", ColorNetwork.Of(20, Blue, Green, Red));
        WritePhotos("red", "green", "blue");

        var (_, output, errors) = await InitAsync("--labels", Write("names.txt", "red\ngreen\nblue\n"));

        Assert.Contains("likely  input.channels        BGR", output, StringComparison.Ordinal);
        Assert.DoesNotContain("another order", output + errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_many_equal_fits_the_one_with_the_drafted_range_is_taken()
    {
        // There are more than 40 images, so only the best variants are tried on all. Because the values of 0 to 1 are
        // the smallest, many variants have higher scores, but by less than 0.001.
        _folder.Write("colors.onnx", ColorNetwork.Of(60, Red, Green, Blue, Yellow));
        WritePhotos("red", "green", "blue", "cyan");
        var labels = Write("names.txt", "blue\ngreen\nred\ncyan\n");

        var (_, output, errors) = await InitAsync("--labels", labels);

        Assert.Contains("* 48 of 48 right", output, StringComparison.Ordinal);
        var input = (await ManifestAsync())["input"]!;
        Assert.Equal("BGR", input["channels"]!.GetValue<string>());
        Assert.Equal(1 / 255.0, input["scale"]!.GetValue<double>(), 1e-9);
        Assert.Equal("[0,0,0]", input["mean"]!.ToJsonString());
        Assert.DoesNotContain("another order", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Labels_in_the_wrong_order_are_told_with_the_right_one(bool areGiven)
    {
        _folder.Write("colors.onnx", ColorNetwork.Of(20, Green, Blue, Red));
        WritePhotos("red", "green", "blue");
        string[] options = areGiven ? ["--labels", Write("names.txt", "blue\ngreen\nred\n")] : [];

        var (exitCode, output, errors) = await InitAsync(["--channels", "RGB", .. options]);

        Assert.True(exitCode == 0, errors);
        Assert.Contains(
            "The labels are probably in the wrong order. In the order green, blue, red, 36 of 36 answers are right. "
            + "Only 12 of 36 answers are right in the current order.", errors, StringComparison.Ordinal);
        Assert.Contains("pass it with --labels FILE", errors, StringComparison.Ordinal);
        Assert.Contains("don't publish it yet", output, StringComparison.Ordinal);
        Assert.DoesNotContain("models push", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_many_labels_only_those_in_other_places_are_named()
    {
        float[][] others = [.. Enumerable.Repeat<float[]>([-1, -1, -1], 18)];
        _folder.Write("colors.onnx", ColorNetwork.Of(20, [Red, Green, Blue, .. others]));
        WritePhotos("red", "green", "blue");
        var names = string.Join('\n', Enumerable.Range(4, 18).Select(i => $"other {i}"));

        var (_, _, errors) = await InitAsync(
            "--labels", Write("names.txt", $"green\nred\nblue\n{names}\n"), "--channels", "RGB");

        Assert.Contains(
            "In the order with red in line 1, green in line 2, 36 of 36 answers are right.", errors,
            StringComparison.Ordinal);
        Assert.DoesNotContain("other", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_order_of_the_channels_has_its_order_of_the_labels()
    {
        _folder.Write("colors.onnx", ColorNetwork.Of(20, Green, Blue, Red));
        WritePhotos("red", "green", "blue");

        var (_, _, errors) = await InitAsync();

        Assert.Contains(
            "In the order green, blue, red, 36 of 36 answers are right with RGB. In the order green, red, blue, 36 "
            + "of 36 answers are right with BGR.", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_order_that_init_names_is_accepted_and_fits()
    {
        _folder.Write("colors.onnx", ColorNetwork.Of(20, Green, Blue, Red));
        WritePhotos("red", "green", "blue");

        var (_, output, errors) = await InitAsync("--labels", Write("names.txt", "green\nblue\nred\n"));

        Assert.Contains("* 36 of 36 right        0.000  confidence 1.000  0 to 1, RGB; stretched", output,
            StringComparison.Ordinal);
        Assert.Contains("models push", output, StringComparison.Ordinal);
        Assert.DoesNotContain("order", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_no_better_than_guessing_prove_no_resizing_and_are_not_published()
    {
        // Each folder has the same images, so a third of the answers is right whatever they are. The pale middle of the
        // images makes the wrong ones less wrong if the images are cropped.
        _folder.Write("colors.onnx", ColorNetwork.Of(4, Red, Green, Blue));
        int[] pale = [0xA06060, 0x60A060, 0x6060A0];
        string[] names = ["red", "green", "blue"];
        foreach (var name in names)
        {
            for (var i = 0; i < PerClass; i++)
            {
                ColorNetwork.WriteImage(_folder, $"photos/{name}/{i}.bmp", pale[i % 3], ColorOf(names[i % 3]));
            }
        }

        var (exitCode, output, errors) = await InitAsync();

        Assert.True(exitCode == 0, errors);
        Assert.Contains("which is no better than guessing.", errors, StringComparison.Ordinal);
        Assert.Contains("don't publish it yet", output, StringComparison.Ordinal);
        Assert.DoesNotContain("models push", output, StringComparison.Ordinal);
        Assert.DoesNotContain("the best fit for the images", output, StringComparison.Ordinal);
        Assert.Equal("stretch", (await ManifestAsync())["input"]!["resize"]!["mode"]!.GetValue<string>());
    }

    private static int ColorOf(string name) =>
        name switch { "red" => 0xD82020, "green" => 0x20D820, "blue" => 0x2020D8, _ => 0x20D8D8 };

    private void WritePhotos(params string[] names)
    {
        foreach (var name in names)
        {
            for (var i = 0; i < PerClass; i++)
            {
                var color = ColorOf(name);
                ColorNetwork.WriteImage(_folder, $"photos/{name}/{i}.bmp", color + (0x020301 * i), color);
            }
        }
    }

    private string Write(string name, string text) => _folder.Write(name, Encoding.UTF8.GetBytes(text));

    private async Task<JsonNode> ManifestAsync() => JsonNode.Parse(
        await File.ReadAllTextAsync(_folder.PathOf("made/model.json"), TestContext.Current.CancellationToken))!;

    private Task<Finished> InitAsync(params string[] options) => MmeProcess.RunAsync(
        null,
        [
            "models", "init", _folder.PathOf("colors.onnx"), "--images", _folder.PathOf("photos"), "--out",
            _folder.PathOf("made"), "--yes", .. options,
        ]);
}
