using System.Text.Json;
using ServerlessMme.Integration.Tests.Running;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Classify;

public sealed class ClassifyTests
{
    private const int Timeout = 120_000;

    public static TheoryData<string> Models =>
        [.. Directory.GetDirectories(Repository.PathOf("sample-images")).Select(folder => Path.GetFileName(folder)!)];

    [Theory(Timeout = Timeout)]
    [MemberData(nameof(Models))]
    public async Task Every_sample_gets_the_expected_label(string model)
    {
        var folder = Repository.PathOf("sample-images", model);
        using var expected = JsonDocument.Parse(
            await File.ReadAllTextAsync(Path.Combine(folder, "expected.json"), TestContext.Current.CancellationToken));

        var (exitCode, output, errors) = await MmeProcess.RunAsync(
            null, "classify", folder, "--model", model, "--format", "jsonl");

        // One sample is broken on purpose, and expected.json is no image.
        Assert.Equal((1, """{"skipped":{"count":1,"byExtension":{".json":1}}}"""), (exitCode, errors.Trim()));
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(expected.RootElement.EnumerateObject().Count(), lines.Length);
        foreach (var line in lines)
        {
            await SchemaCheck.AssertAsync("label", line);
            using var label = JsonDocument.Parse(line);
            var wanted = expected.RootElement.GetProperty(
                label.RootElement.GetProperty("image").GetProperty("name").GetString()!);
            if (wanted.ValueKind == JsonValueKind.String)
            {
                Assert.Equal(wanted.GetString(), label.RootElement.GetProperty("label").GetString());
            }
            else
            {
                Assert.Equal(wanted.GetProperty("error").GetString(), LabelError.CodeOf(label.RootElement));
            }
        }
    }

    [Theory(Timeout = Timeout)]
    [MemberData(nameof(Models))]
    public async Task Scores_equal_what_the_training_side_computed(string model)
    {
        using var recorded = JsonDocument.Parse(await File.ReadAllTextAsync(
            Repository.PathOf("training", "scores", $"{model}.json"), TestContext.Current.CancellationToken));

        var (_, output, _) = await MmeProcess.RunAsync(
            null, "classify", Repository.Samples(model), "--model", model, "--format", "jsonl", "--top", "10");

        var compared = 0;
        foreach (var line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var label = JsonDocument.Parse(line);
            var name = label.RootElement.GetProperty("image").GetProperty("name").GetString()!;
            if (LabelError.CodeOf(label.RootElement) is not null)
            {
                continue;
            }

            var scores = recorded.RootElement.GetProperty(name);
            foreach (var scored in label.RootElement.GetProperty("top").EnumerateArray())
            {
                Assert.Equal(
                    scores[scored.GetProperty("index").GetInt32()].GetDouble(),
                    scored.GetProperty("score").GetDouble(),
                    1e-4);
            }

            compared++;
        }

        Assert.True(compared >= 30, $"{compared} images were compared.");
    }

    [Fact(Timeout = Timeout)]
    public async Task Labels_come_in_the_order_of_the_arguments()
    {
        var names = Repository.CifarImages.Reverse().ToArray();

        var (exitCode, output, _) = await MmeProcess.RunAsync(
            null,
            ["classify", .. names, "--model", Repository.PathOf("models", "cifar10"), "--format", "csv", "--top", "1"]);

        Assert.Equal(0, exitCode);
        Assert.Equal(
            ["image", .. names.Select(Path.GetFileName)],
            output.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(',')[0]));
    }

    [Fact(Timeout = Timeout)]
    public async Task The_table_shows_label_and_score()
    {
        var (exitCode, output, _) = await MmeProcess.RunAsync(
            null, "classify", Repository.CifarImages[0], "--model", "cifar10");

        Assert.Equal(0, exitCode);
        Assert.Contains("airplane", output, StringComparison.Ordinal);
    }

    [Theory(Timeout = Timeout)]
    [InlineData("There is no file or folder", "classify", "no-such-file.jpg", "--model", "cifar10")]
    [InlineData("There is no model", "classify", "sample-images", "--model", "no-such-model")]
    [InlineData("is not a model name", "classify", "sample-images", "--model", "No_Model")]
    [InlineData("No images found in 'infra'. mme", "classify", "infra", "--model", "cifar10")]
    [InlineData("--model", "classify", "sample-images")]
    [InlineData("--top is '0'", "classify", "sample-images", "--model", "cifar10", "--top", "0")]
    [InlineData("'xml'", "classify", "sample-images", "--model", "cifar10", "--format", "xml")]
    [InlineData("no-such-command", "no-such-command")]
    public async Task A_command_line_that_cannot_be_carried_out_ends_with_2(string message, params string[] arguments)
    {
        var (exitCode, output, errors) = await MmeProcess.RunAsync(null, arguments);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(message, errors, StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task Settings_that_cannot_be_used_are_named_all_at_once()
    {
        await using var worker = MmeProcess.Start("", "worker");
        await worker.WaitForExitAsync();

        Assert.Contains("Mme__Storage__ConnectionString", worker.Errors, StringComparison.Ordinal);
    }
}
