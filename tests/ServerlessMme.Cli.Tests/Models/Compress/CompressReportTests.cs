using System.Text;
using System.Text.Json.Nodes;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Cli.Tests.Models.Compress;

public sealed class CompressReportTests : CompressTestBase
{
    [Fact]
    public async Task Copies_of_an_image_count_once()
    {
        CopySamples("dark");
        CopySamples("bright");

        var (exitCode, output, errors) = await RunAsync(Model(hidden: 256), "--json");

        Assert.True(exitCode == 0, errors);
        var found = JsonNode.Parse(output)!;
        Assert.Equal((30, 30), ((int)found["images"]!, (int)found["duplicates"]!));
        Assert.Contains(
            "Left out: 30 images with the same content as another image, which leaves 30 distinct images.", errors,
            StringComparison.Ordinal);
        Assert.Contains("30 distinct images prove little", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Accuracy_that_is_not_measured_is_explained_and_the_next_command_works()
    {
        var model = Model(hidden: 256);

        var (exitCode, output, errors) = await CompressAsync(model);

        Assert.True(exitCode == 0, errors);
        Assert.Contains("not measured: no image is in a folder named after a label", output, StringComparison.Ordinal);
        Assert.Matches(@"time +\d+\.\d% on average; --max-slowdown allows 200\.0%", output);
        Assert.EndsWith("model-int8 --name model", output.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Few_labeled_images_are_counted()
    {
        CopySamples("");
        Copy(Repository.CifarImages[0], "dark");

        var (_, output, _) = await RunAsync(Model(hidden: 256), "--json");

        Assert.Contains(
            "folders named after labels have only 1 image, but at least 20 are needed",
            (string)JsonNode.Parse(output)!["noAccuracy"]!,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unusableFolder_to_write_is_reported_first()
    {
        CopySamples("");
        var file = Folder.PathOf("images", Path.GetFileName(Repository.CifarImages[0]));

        var (exitCode, output, errors) = await RunAsync(Model(hidden: 256), "--out", Path.Combine(file, "copy"));

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Matches("is a file, so the folder '[^']+' can't be created", errors);
    }

    [Fact]
    public async Task AFolder_without_permission_is_reported_first()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has a folder that nobody may write into.");
        CopySamples("");

        var (exitCode, output, errors) = await RunAsync(Model(hidden: 256), "--out", "/proc/copy");

        Assert.Equal((6, ""), (exitCode, output));
        Assert.Contains("'/proc/copy' can't be written", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_existing_copy_hides_no_mistake()
    {
        var model = Model(hidden: 256);
        Folder.Write("model-int8/model.json", Encoding.UTF8.GetBytes(Manifest));

        var (exitCode, _, errors) = await MmeProcess.RunAsync(
            null, "models", "compress", model, "--images", Folder.PathOf("no-images"));

        Assert.Equal(2, exitCode);
        Assert.Contains("There is no folder", errors, StringComparison.Ordinal);
    }
}
