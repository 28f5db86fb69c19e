using ServerlessMme.Core.Models;
using ServerlessMme.Core.Truth;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Integration.Tests.Truth;

/// <summary><c>mme truth export</c>, whose layout is the one that training/common/data.py reads.</summary>
public sealed class ExportTests(TruthFixture truth) : IClassFixture<TruthFixture>, IDisposable
{
    private const int Timeout = 240_000;
    private static readonly CorrectLabel Cat = new("cat", "anna", DateTimeOffset.UnixEpoch);
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken None => TestContext.Current.CancellationToken;

    private string Set => _folder.PathOf("set");

    public void Dispose() => _folder.Dispose();

    [Fact(Timeout = Timeout)]
    public async Task A_training_set_has_the_images_byte_for_byte_in_a_folder_per_label()
    {
        var model = await truth.AliasAsync();
        foreach (var name in await truth.DropSamplesAsync(model))
        {
            await truth.Store.WriteAsync(model, name, Cat with { Label = name.Split('/')[0] }, None);
        }

        var finished = await ExportAsync(model);

        Assert.Equal((0, ""), (finished.ExitCode, finished.Error));
        Assert.Equal($"30 images in {Set}/train; {Set}/labels.csv lists them.\n", finished.Output);
        Assert.All(Repository.CifarImages, image =>
        {
            var label = TruthFixture.LabelOf(image);
            var file = _folder.PathOf("set", "train", label, $"{label}__{Path.GetFileName(image)}");
            Assert.Equal(File.ReadAllBytes(image), File.ReadAllBytes(file));
        });
        var rows = await File.ReadAllLinesAsync(_folder.PathOf("set", "labels.csv"), None);
        Assert.Equal(31, rows.Length);
        Assert.Equal("image,label,by,at,file", rows[0]);
        Assert.Equal(
            "airplane/airplane-1.jpg,airplane,anna,1970-01-01T00:00:00.0000000Z,"
            + "train/airplane/airplane__airplane-1.jpg",
            rows[1]);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_split_is_the_same_each_time_and_copies_stay_together()
    {
        var model = await truth.AliasAsync();
        foreach (var name in await truth.DropSamplesAsync(model))
        {
            await truth.Store.WriteAsync(model, name, Cat, None);
            await truth.DropAsync(model, $"copy-{name}", Repository.PathOf(
                "sample-images", "cifar10", Path.GetFileName(name)));
            await truth.Store.WriteAsync(model, $"copy-{name}", Cat, None);
        }

        await ExportAsync(model, "--split", "0.7");
        var first = Files();
        var again = await ExportAsync(model, "--split", "0.7", "--force");

        Assert.Equal(0, again.ExitCode);
        Assert.Equal(first, Files());
        await ExportAsync(model, "--split", "0.2", "--force");
        Assert.Equal(first.Count, Files().Count);
        Assert.Equal(61, first.Count);
        var parts = first.ToLookup(file => file.Split('/')[0]);
        Assert.InRange(parts["val"].Count(), 2, 40);
        Assert.All(
            parts["val"].Where(file => !file.Contains("copy-", StringComparison.Ordinal)),
            file => Assert.Contains(file.Replace("cat/", "cat/copy-", StringComparison.Ordinal), first));
    }

    [Fact(Timeout = Timeout)]
    public async Task Hostile_names_stay_in_the_folder_and_missing_images_are_left_out()
    {
        var model = await truth.AliasAsync();
        var image = Repository.CifarImages[0];
        string[] names =
        [
            "a/b.jpg", "a__b.jpg", "A__B.jpg", "CON.jpg", "it's \"1\".jpg", $"{new string('n', 1000)}.jpg",
        ];
        foreach (var name in names)
        {
            await truth.DropAsync(model, name, image);
            await truth.Store.WriteAsync(model, name, Cat with { Label = "../../cat" }, None);
        }

        await truth.DropAsync(model, "photo.webp", image);
        await truth.Store.WriteAsync(model, "photo.webp", Cat with { Label = "a, \"b\" 🚢" }, None);
        await truth.Store.WriteAsync(model, "gone.jpg", Cat, None);
        await truth.Store.WriteAsync(model, "holiday.zip/1.jpg", Cat, None);

        var finished = await ExportAsync(model);

        Assert.Equal(0, finished.ExitCode);
        Assert.Equal(["set"], Directory.GetFileSystemEntries(_folder.Root).Select(Path.GetFileName));
        var files = Files();
        Assert.Equal(8, files.Count);
        Assert.Contains("train/_..__..__cat/A__B.jpg", files);
        Assert.Contains("train/_..__..__cat/_CON.jpg", files);
        Assert.Contains("train/a, _b_ 🚢/photo.webp", files);
        Assert.Contains($"Left out: 1 image missing from images-{model}: gone.jpg.", finished.Error);
        Assert.Contains("Left out: 1 image in archives.", finished.Error, StringComparison.Ordinal);
        Assert.Contains(
            "The folder of the label '../../cat' is '_..__..__cat'.", finished.Error, StringComparison.Ordinal);
        Assert.Contains("skip 1 other file: train/a, _b_ 🚢/photo.webp.", finished.Error, StringComparison.Ordinal);
    }

    private Task<Testing.Processes.Finished> ExportAsync(ModelName model, params string[] options) =>
        truth.RunAsync(["truth", "export", model.Value, Set, .. options]);

    private List<string> Files() =>
    [
        .. Directory.GetFiles(Set, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Set, file).Replace('\\', '/')).Order(StringComparer.Ordinal),
    ];
}
