using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using ServerlessMme.Cli.Tests.Models.Import;
using ServerlessMme.Core.Models.Import;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Cli.Tests.Models.Init;

/// <summary>What <c>mme models init</c> says of options and files that do not fit.</summary>
public sealed class InitMessagesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a\nb\nc\n", "has 3 labels, but the model needs 10")]
    [InlineData("\n \n", "has no labels. Write one label per line")]
    public async Task A_file_of_labels_that_does_not_fit_is_named(string labels, string expected)
    {
        Export();
        var file = Write("names.txt", labels);

        var (exitCode, _, errors) = await InitAsync("export", "--labels", file);

        Assert.Equal(2, exitCode);
        Assert.Contains($"'{file}' {expected}", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_size_that_the_model_cannot_take_is_told_with_the_one_it_takes()
    {
        Export();

        var (exitCode, _, errors) = await InitAsync("export", "--size", "64x48");

        Assert.Equal(2, exitCode);
        Assert.Contains(
            "--size is 64x48, but the model takes only 32x32", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_side_before_the_crop_can_be_given()
    {
        Export();

        var (exitCode, output, errors) = await InitAsync("export", "--resize", "shorter-side:36");

        Assert.True(exitCode == 0, errors);
        Assert.Contains("input.resize.side     36  (the command line)", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_resizing_needs_no_filter()
    {
        Export();

        var (exitCode, output, errors) = await InitAsync("export", "--resize", "none");

        Assert.True(exitCode == 0, errors);
        Assert.DoesNotContain("input.resize.filter", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("labels", "classes.txt")]
    [InlineData("zip", "export.zip")]
    [InlineData("images", "photos/a.png")]
    public async Task A_pipe_is_not_waited_for(string part, string name)
    {
        Export();
        Write("photos/b.png", "no image");
        using (var made = System.Diagnostics.Process.Start("mkfifo", [_folder.PathOf(name)]))
        {
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var path = _folder.PathOf(name);
        var (exitCode, _, errors) = part switch
        {
            "zip" => await InitAsync(name),
            "labels" => await InitAsync("export", "--labels", path),
            _ => await InitAsync("export", "--images", _folder.PathOf("photos")),
        };

        Assert.Equal(2, exitCode);
        Assert.Contains(
            part switch
            {
                "zip" => "'export.zip' is empty",
                "labels" => "has no labels",
                _ => "Left out 2 unreadable or oversized images: 'a.png', 'b.png'",
            },
            errors,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("check")]
    [InlineData("push")]
    public async Task An_export_is_no_model_folder(string command)
    {
        Export();

        var (exitCode, _, errors) = await MmeProcess.RunAsync(
            null, "models", command, _folder.PathOf("export/unknown.onnx"));
        var empty = await MmeProcess.RunAsync(null, "models", command, "");

        Assert.Equal(2, exitCode);
        Assert.Contains("is an export, not a model folder. 'mme models init'", errors, StringComparison.Ordinal);
        Assert.Equal(2, empty.ExitCode);
        Assert.Contains("<folder> is empty.", empty.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--range", "7", "--range is '7', but must be one of 0-1, imagenet, -1-1, 0-255, caffe.")]
    [InlineData("--channels", "rgba", "--channels is 'rgba', but must be one of RGB, BGR, grey.")]
    public async Task A_choice_that_is_none_names_its_option(string option, string value, string expected)
    {
        Export();

        var (exitCode, _, errors) = await InitAsync("export", option, value);

        Assert.Equal(2, exitCode);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_argument_is_named()
    {
        var (exitCode, _, errors) = await MmeProcess.RunAsync(null, "models", "init");

        Assert.Equal(2, exitCode);
        Assert.Contains("'mme models init' needs <path>: an ONNX file", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_file_is_called_by_its_own_name()
    {
        var whole = PreprocessingVariants.Of(ValueRange.Unit, false, false);
        _folder.Write("export/pets.onnx", whole.AsSpan(0, whole.Length / 2).ToArray());

        var (exitCode, _, errors) = await InitAsync("export");

        Assert.Equal(1, exitCode);
        Assert.Contains($"'{_folder.PathOf("export/pets.onnx")}' ", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "is empty. Export the model to ONNX again.")]
    [InlineData("404: Not Found\n", "is text, not an ONNX file (it begins with '404: Not Found'). Export")]
    public async Task A_file_that_is_no_onnx_is_told_with_what_it_is(string content, string expected)
    {
        var path = Write("pets.onnx", content);

        var (exitCode, _, errors) = await InitAsync("pets.onnx");

        Assert.Equal(1, exitCode);
        Assert.Contains($"'{path}' {expected}", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_companion_that_cannot_be_used_is_warned_of()
    {
        Export();
        Write("export/config.json", "{\"id2label\":");
        Write("export/labels.txt", "");
        Write("export/labels_map.txt", "{");
        _folder.Write("export/names.txt", [(byte)'c', 0xE9, (byte)'\n']);
        File.CreateSymbolicLink(_folder.PathOf("export/classes.txt"), Write("elsewhere.txt", "a\nb\n"));

        var (exitCode, _, errors) = await InitAsync("export");

        Assert.Equal(0, exitCode);
        Assert.Contains("warning: config.json is ignored: it is not valid JSON.", errors, StringComparison.Ordinal);
        Assert.Contains("warning: labels.txt is ignored: it is empty.", errors, StringComparison.Ordinal);
        Assert.Contains("warning: names.txt is ignored: it is not UTF-8", errors, StringComparison.Ordinal);
        Assert.Contains("warning: labels_map.txt is ignored: it is not valid JSON", errors, StringComparison.Ordinal);
        Assert.Contains("warning: classes.txt is ignored: it is a link.", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_encrypted_zip_is_told_from_a_broken_one()
    {
        Export();
        var path = _folder.PathOf("export.zip");
        await ZipFile.CreateFromDirectoryAsync(_folder.PathOf("export"), path, TestContext.Current.CancellationToken);
        var zip = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        // The flag that says so, in the entry's local and in its central header.
        zip[zip.AsSpan().IndexOf("PK\u0003\u0004"u8) + 6] |= 1;
        zip[zip.AsSpan().LastIndexOf("PK\u0001\u0002"u8) + 8] |= 1;
        _folder.Write("export.zip", zip);

        var (exitCode, _, errors) = await InitAsync("export.zip");

        Assert.Equal(2, exitCode);
        Assert.Contains("'export.zip' is encrypted. Unpack it", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Scores_that_are_probabilities_already_get_no_activation(bool areOnlyDrawn)
    {
        _folder.Write("export/hidden.onnx", PreprocessingVariants.WithHiddenSoftmax());
        string[] images = areOnlyDrawn ? [] : ["--images", Repository.PathOf("sample-images", "cifar10")];

        var (exitCode, output, errors) = await InitAsync("export", images);

        Assert.True(exitCode == 0, errors);
        Assert.Contains("none  (the scores are already probabilities)", output, StringComparison.Ordinal);
        var manifest = JsonNode.Parse(
            await File.ReadAllTextAsync(_folder.PathOf("made/model.json"), TestContext.Current.CancellationToken))!;
        Assert.Equal("none", manifest["output"]!["activation"]!.GetValue<string>());
        Assert.Null(manifest["output"]!["task"]);
    }

    private void Export() =>
        _folder.Write("export/unknown.onnx", PreprocessingVariants.Of(ValueRange.Unit, false, false));

    private string Write(string name, string text)
    {
        _folder.Write(name, Encoding.UTF8.GetBytes(text));
        return _folder.PathOf(name);
    }

    private Task<Finished> InitAsync(string path, params string[] options) =>
        MmeProcess.RunAsync(
            null, ["models", "init", _folder.PathOf(path), "--out", _folder.PathOf("made"), "--yes", .. options]);
}
