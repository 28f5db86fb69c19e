using ServerlessMme.Core.Models;
using ServerlessMme.Core.Truth;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Truth;

/// <summary><c>mme truth import</c> and <c>mme truth set</c>.</summary>
public sealed class ImportTests(TruthFixture truth) : IClassFixture<TruthFixture>, IDisposable
{
    private const int Timeout = 240_000;
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken None => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact(Timeout = Timeout)]
    public async Task A_folder_names_images_as_submit_does_and_a_second_import_changes_nothing()
    {
        var model = await truth.AliasAsync();
        await truth.DropAsync(model, "ship/1.jpg", Repository.CifarImages[0]);
        _folder.Write("photos/SHIP/1.jpg", "x"u8);
        _folder.Write("photos/cat/deep/2.png", "x"u8);
        _folder.Write("photos/loose.jpg", "x"u8);

        var first = await truth.RunAsync("truth", "import", model.Value, _folder.PathOf("photos"), "--by", "anna");
        var second = await truth.RunAsync("truth", "import", model.Value, _folder.PathOf("photos"), "--by", "ben");

        Assert.True(first.ExitCode == 0, first.Error);
        Assert.Equal(
            $"2 correct labels for {model} are stored (2 for images missing from images-{model}: "
            + "SHIP/1.jpg, cat/deep/2.png).\n",
            first.Output);
        Assert.Contains("Left out: 1 image not in a label folder.", first.Error, StringComparison.Ordinal);
        Assert.Contains("--flat leaves out the label's folder", first.Error, StringComparison.Ordinal);
        Assert.StartsWith($"2 correct labels for {model} are stored (2 unchanged; ", second.Output);
        Assert.Equal(
            [new KnownImage("SHIP/1.jpg", "ship"), new KnownImage("cat/deep/2.png", "cat")], await KnownAsync(model));
        Assert.Equal("anna", (await truth.Store.FindAsync(model, "SHIP/1.jpg", None))?.By);
    }

    [Fact(Timeout = Timeout)]
    public async Task What_a_person_said_is_replaced_only_on_request()
    {
        var model = await truth.AliasAsync();
        await truth.RunAsync("truth", "set", model.Value, "1.png", "cat");
        var csv = _folder.Write("answers.csv", "image,label\n1.png,dog\n2.png,dog\n"u8);

        var refused = await truth.RunAsync("truth", "import", model.Value, csv);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("'1.png' would change from 'cat' to 'dog'.", refused.Error, StringComparison.Ordinal);
        Assert.Equal([new KnownImage("1.png", "cat")], await KnownAsync(model));
        var replaced = await truth.RunAsync("truth", "import", model.Value, csv, "--replace");

        Assert.True(replaced.ExitCode == 0, replaced.Error);
        Assert.Equal([new KnownImage("1.png", "dog"), new KnownImage("2.png", "dog")], await KnownAsync(model));
    }

    [Fact(Timeout = Timeout)]
    public async Task A_csv_of_flat_images_is_imported()
    {
        var model = await truth.AliasAsync();
        await truth.DropAsync(model, "2026/a.jpg", Repository.CifarImages[0]);
        await truth.DropAsync(model, "2026/holiday.zip", Repository.CifarImages[0]);
        var csv = _folder.Write(
            "labels.csv", "\uFEFFimage,label,score\r\na.jpg,Ship,1\r\nholiday.zip/1.jpg,cat,\r\n"u8);

        var finished = await truth.RunAsync("truth", "import", model.Value, csv, "--prefix", "2026/");

        Assert.Equal(
            (0, $"2 correct labels for {model} are stored.\n", ""),
            (finished.ExitCode, finished.Output, finished.Error));
        Assert.Equal(
            [new KnownImage("2026/a.jpg", "ship"), new KnownImage("2026/holiday.zip/1.jpg", "cat")],
            await KnownAsync(model));
    }

    [Fact(Timeout = Timeout)]
    public async Task Flat_leaves_the_folder_of_the_label_out()
    {
        var model = await truth.AliasAsync();
        await truth.DropAsync(model, "1.jpg", Repository.CifarImages[0]);
        _folder.Write("sorted/cat/1.jpg", "x"u8);

        var finished = await truth.RunAsync("truth", "import", model.Value, _folder.PathOf("sorted"), "--flat");

        Assert.Equal((0, $"1 correct label for {model} is stored.\n"), (finished.ExitCode, finished.Output));
        Assert.Equal([new KnownImage("1.jpg", "cat")], await KnownAsync(model));
    }

    [Fact(Timeout = Timeout)]
    public async Task Nothing_is_stored_of_a_file_with_a_mistake_in_it()
    {
        var model = await truth.AliasAsync();
        var csv = _folder.Write("labels.csv", "image,label\na.jpg,ship\nb.jpg,shp\n../c.jpg,cat\na.jpg,cat\n"u8);

        var finished = await truth.RunAsync("truth", "import", model.Value, csv);

        Assert.Equal((1, ""), (finished.ExitCode, finished.Output));
        Assert.Contains("line 3: 'shp' is not a label", finished.Error, StringComparison.Ordinal);
        Assert.Contains("line 4: Image name '../c.jpg'", finished.Error, StringComparison.Ordinal);
        Assert.Contains("in line 2, but 'cat' in line 5.", finished.Error, StringComparison.Ordinal);
        Assert.Empty(await KnownAsync(model));
    }

    [Fact(Timeout = Timeout)]
    public async Task Who_may_only_write_imports_and_sets()
    {
        var model = await truth.AliasAsync();
        var writer = await truth.WriterAsync(model);
        var csv = _folder.Write("labels.csv", "image,label\na.jpg,ship\nb.jpg,zebra\n"u8);

        var imported = await MmeProcess.RunAsync(writer, "truth", "import", model.Value, csv);
        var again = await MmeProcess.RunAsync(writer, "truth", "import", model.Value, csv);
        var set = await MmeProcess.RunAsync(writer, "truth", "set", model.Value, "b.jpg", "cat");

        Assert.True(imported.ExitCode == 0, imported.Error);
        Assert.Contains("The labels are not checked.", imported.Error, StringComparison.Ordinal);
        Assert.Contains(
            $"This identity may not list images-{model}, so the command did not check whether the images exist.",
            imported.Output);
        Assert.Equal((0, imported.Output), (again.ExitCode, again.Output));
        Assert.True(set.ExitCode == 0, set.Error);
        Assert.Equal([new KnownImage("a.jpg", "ship"), new KnownImage("b.jpg", "cat")], await KnownAsync(model));
    }

    [Fact(Timeout = Timeout)]
    public async Task One_image_is_set_and_warned_of_when_it_is_missing()
    {
        var model = await truth.AliasAsync();

        var finished = await truth.RunAsync("truth", "set", model.Value, "it's \"1\".jpg", "SHIP", "--by", "anna");
        var refused = await truth.RunAsync("truth", "set", model.Value, "a.jpg", "shp");
        var forced = await truth.RunAsync("truth", "set", model.Value, "a.jpg", "shp", "--force");

        Assert.Equal((0, "The correct label of 'it's \"1\".jpg' is 'ship'.\n"), (finished.ExitCode, finished.Output));
        Assert.Contains($"is not in images-{model}", finished.Error, StringComparison.Ordinal);
        Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
        Assert.Contains("Did you mean 'ship'?", refused.Error, StringComparison.Ordinal);
        Assert.Equal(0, forced.ExitCode);
        Assert.Equal(
            [new KnownImage("a.jpg", "shp"), new KnownImage("it's \"1\".jpg", "ship")], await KnownAsync(model));
    }

    [Theory(Timeout = Timeout)]
    [InlineData(3, "No model 'flowers' is published", "import", "flowers", "LICENSE.csv")]
    [InlineData(3, "No model 'flowers' is published", "set", "flowers", "a.jpg", "rose")]
    [InlineData(2, "There is no file or folder 'no-such.csv'", "import", "cifar10", "no-such.csv")]
    [InlineData(2, "begins with 'MIT License'", "import", "cifar10", "LICENSE")]
    [InlineData(2, "has no images in folders named after labels", "import", "cifar10", "docs/schemas")]
    [InlineData(2, "'Cifar' is not a model name", "set", "Cifar", "a.jpg", "ship")]
    [InlineData(2, "<image> is empty", "set", "cifar10", "", "ship")]
    [InlineData(1, "is an archive", "set", "cifar10", "a.zip", "ship")]
    [InlineData(3, "No image of 'cifar10' has a correct label", "export", "cifar10", "no-such-folder")]
    [InlineData(2, "is not empty", "export", "cifar10", "docs")]
    [InlineData(2, "is a file, but must be a folder", "export", "cifar10", "LICENSE")]
    [InlineData(2, "--split is '1'", "export", "cifar10", "no-such-folder", "--split", "1")]
    public async Task Problems_are_told_with_the_value(int exitCode, string message, params string[] arguments)
    {
        var csv = _folder.Write("labels.csv", "image,label\na.jpg,rose\n"u8);

        var finished = await truth.RunAsync(
            ["truth", .. arguments.Select(each => each == "LICENSE.csv" ? csv : each)]);

        Assert.Equal((exitCode, ""), (finished.ExitCode, finished.Output));
        Assert.Contains(message, finished.Error, StringComparison.Ordinal);
    }

    private async Task<List<KnownImage>> KnownAsync(ModelName model) =>
        await truth.Store.ListAsync(model, None).ToListAsync(None);
}
