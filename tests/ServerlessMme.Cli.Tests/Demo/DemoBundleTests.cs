using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Demo;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Cli.Tests.Demo;

public sealed class DemoBundleTests
{
    [Fact]
    public void The_program_has_the_demo_of_the_repository_in_it()
    {
        using var bundle = new DemoBundle();

        var files = bundle.Unpack();

        var expected = DemoFiles.In(Repository.Root);
        Assert.NotNull(files);
        Assert.Equal(expected.Models, files.Models);
        Assert.Null(files.Skipped);
        Assert.Equal(
            expected.Samples.Select(sample => (sample.Model, sample.Name, sample.Expected)),
            files.Samples.Select(sample => (sample.Model, sample.Name, sample.Expected)));
        Assert.All(expected.Samples.Zip(files.Samples), pair => Assert.Equal(
            File.ReadAllBytes(pair.First.Path), File.ReadAllBytes(pair.Second.Path)));
        Assert.All(expected.Models, model => Assert.Equal(
            File.ReadAllBytes(Repository.PathOf("models", model.Value, "model.onnx")),
            File.ReadAllBytes(Path.Combine(files.ModelsFolder, model.Value, "model.onnx"))));
    }

    [Fact]
    public void What_was_unpacked_for_one_demo_is_deleted_after_it()
    {
        string folder;
        using (var bundle = new DemoBundle())
        {
            folder = bundle.Unpack()!.ModelsFolder;
            Assert.True(Directory.Exists(folder));
        }

        Assert.False(Directory.Exists(Path.GetDirectoryName(folder)));
    }

    [Fact]
    public void Files_to_keep_go_to_an_empty_folder_only()
    {
        using var folder = new TemporaryFolder();

        DemoBundle.UnpackTo(folder.Root);

        Assert.True(File.Exists(folder.PathOf("models", "cifar10", "model.onnx")));
        Assert.True(File.Exists(folder.PathOf("sample-images", "cifar10", "expected.json")));
        var refused = Assert.Throws<CommandException>(() => DemoBundle.UnpackTo(folder.Root));
        Assert.Equal(ExitCodes.Usage, refused.ExitCode);
        Assert.Equal($"'{folder.Root}' is not an empty folder. Specify a new or empty folder.", refused.Message);
    }
}
