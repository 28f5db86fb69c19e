using System.Text.Json.Nodes;
using ServerlessMme.Integration.Tests.Running;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Submit;

public sealed class SkippedFilesTests(StorageFixture storage) : IClassFixture<StorageFixture>, IDisposable
{
    private const int Timeout = 120_000;
    private const string Said =
        "2 of 5 files skipped: 1 .heic, 1 .tiff. Convert images in other formats to JPEG or PNG first.";
    private readonly TemporaryFolder _folder = Folder();

    [Theory(Timeout = Timeout)]
    [InlineData("table")]
    [InlineData("csv")]
    public async Task Classify_names_the_files_that_it_skips(string format)
    {
        var finished = await MmeProcess.RunAsync(
            null, "classify", _folder.Root, "--model", "cifar10", "--format", format);

        Assert.Equal((0, Said), (finished.ExitCode, finished.Error.Trim()));
    }

    [Fact(Timeout = Timeout)]
    public async Task Classify_counts_them_in_JSON_beside_one_label_per_line()
    {
        var finished = await MmeProcess.RunAsync(
            null, "classify", _folder.Root, "--model", "cifar10", "--format", "jsonl");

        Assert.Equal(3, finished.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        AssertCounts(JsonNode.Parse(finished.Error)!["skipped"]!);
    }

    [Fact(Timeout = Timeout)]
    public async Task Submit_names_them_and_keeps_the_numbers_in_the_record()
    {
        var finished = await MmeProcess.RunAsync(storage.Connection, "submit", _folder.Root, "--model", "cifar10");
        var id = finished.Output.Split('\n')[0];
        var record = await MmeProcess.RunAsync(storage.Connection, "jobs", "show", id, "--json");
        var shown = await MmeProcess.RunAsync(storage.Connection, "jobs", "show", id);

        Assert.Equal((0, Said), (finished.ExitCode, finished.Error.Trim()));
        AssertCounts(JsonNode.Parse(record.Output)!["asked"]!["skippedFiles"]!);
        await SchemaCheck.AssertAsync("job", record.Output);
        Assert.Contains("files      2 skipped: 1 .heic, 1 .tiff", shown.Output, StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_folder_of_unsupported_files_says_why_it_has_no_images()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.PathOf("a.heic"), "");

        var classified = await MmeProcess.RunAsync(null, "classify", folder.Root, "--model", "cifar10");
        var submitted = await MmeProcess.RunAsync(storage.Connection, "submit", folder.Root, "--model", "cifar10");

        Assert.Equal((2, 2), (classified.ExitCode, submitted.ExitCode));
        Assert.Contains("1 of 1 files skipped: 1 .heic", classified.Error, StringComparison.Ordinal);
        Assert.Contains("1 of 1 files skipped: 1 .heic", submitted.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task The_demo_names_the_files_that_it_skips()
    {
        using var root = new TemporaryFolder();
        var model = Directory.CreateDirectory(root.PathOf("models", "cifar10")).FullName;
        foreach (var file in Directory.GetFiles(Repository.PathOf("models", "cifar10")))
        {
            File.Copy(file, Path.Combine(model, Path.GetFileName(file)));
        }

        var samples = Directory.CreateDirectory(root.PathOf("sample-images", "cifar10")).FullName;
        File.Copy(Repository.CifarImages[0], Path.Combine(samples, "airplane.jpg"));
        await File.WriteAllTextAsync(Path.Combine(samples, "expected.json"), "{\"airplane.jpg\":\"airplane\"}");
        await File.WriteAllTextAsync(Path.Combine(samples, "a.heic"), "");

        var finished = await MmeProcess.RunInAsync(root.Root, "demo");

        Assert.Equal(
            (0, "1 of 2 files skipped: 1 .heic. The demo drops only the files that expected.json names."),
            (finished.ExitCode, finished.Error.Trim()));
    }

    public void Dispose() => _folder.Dispose();

    private static void AssertCounts(JsonNode skipped) => Assert.True(
        JsonNode.DeepEquals(JsonNode.Parse("""{"count":2,"byExtension":{".heic":1,".tiff":1}}"""), skipped),
        skipped.ToJsonString());

    private static TemporaryFolder Folder()
    {
        var folder = new TemporaryFolder();
        for (var i = 0; i < 3; i++)
        {
            File.Copy(Repository.CifarImages[i], folder.PathOf($"{i}.jpg"));
        }

        File.WriteAllText(folder.PathOf("a.HEIC"), "");
        File.WriteAllText(folder.PathOf("b.tiff"), "");
        File.WriteAllText(folder.PathOf(".DS_Store"), "");
        return folder;
    }
}
