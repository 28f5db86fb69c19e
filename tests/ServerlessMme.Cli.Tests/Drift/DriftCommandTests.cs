using System.Text.Json.Nodes;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Storage.Labels;
using ServerlessMme.Testing.Emulation;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Cli.Tests.Drift;

/// <summary>
/// <c>mme drift</c> in a process of its own. Only the lines of archives can be older than the emulator, so most answers
/// here are lines.
/// </summary>
public sealed class DriftCommandTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>, IDisposable
{
    private const int Timeout = 120_000;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact(Timeout = Timeout)]
    public async Task A_shift_is_told_in_a_table_in_json_and_on_a_page()
    {
        var model = await azurite.CreateModelAsync();
        await AddLinesAsync(model, "old.zip", days: 20, ("ship", 294), ("cat", 2706));
        await AddLinesAsync(model, "new.zip", days: 2, ("ship", 196), ("cat", 800), ("error:NotAnImage", 4));
        var page = _folder.PathOf("drift.html");

        var (exitCode, output, errors) = await RunAsync("drift", model.Value, "--html", page);
        var json = await RunAsync("drift", model.Value, "--json");
        var failing = await RunAsync("drift", model.Value, "--fail-on-drift");

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Contains("The share of 'ship' rose from 9.8% to 19.7%. (p < 0.001)", output, StringComparison.Ordinal);
        Assert.Contains(
            "│ ship  │      9.8% │  19.7% │   +9.9 │ < 0.001 │", output, StringComparison.Ordinal);
        await SchemaCheck.AssertAsync("drift", json.Output);
        Assert.True((bool)JsonNode.Parse(json.Output)!["isDrift"]!);
        Assert.Equal(0, json.ExitCode);
        Assert.Equal(7, failing.ExitCode);
        var html = await File.ReadAllTextAsync(page, CancellationToken.None);
        Assert.Contains("rose from 9.8% to 19.7%", html, StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task Equal_windows_are_no_drift_and_labels_outside_archives_count_too()
    {
        var model = await azurite.CreateModelAsync();
        await AddLinesAsync(model, "old.zip", days: 20, ("ship", 100), ("cat", 900));
        await AddLinesAsync(model, "new.zip", days: 2, ("ship", 40), ("cat", 360));
        await new BlobLabelSink(azurite.Account).WriteAsync(
            model, Label("one.jpg", "cat", TimeProvider.System.GetUtcNow()), CancellationToken.None);

        var (exitCode, output, _) = await RunAsync("drift", model.Value, "--fail-on-drift");

        Assert.Equal(0, exitCode);
        Assert.Contains(": 401 images since ", output, StringComparison.Ordinal);
        Assert.Contains("No drift:", output, StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task Too_few_answers_end_with_1_and_say_how_many_there_are()
    {
        var model = await azurite.CreateModelAsync();
        await AddLinesAsync(model, "new.zip", days: 2, ("cat", 12));

        var (exitCode, output, errors) = await RunAsync("drift", model.Value, "--json");

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains(
            $"'{model}' has only 12 answers in the last 7 days, but drift detection needs at least 100.",
            errors,
            StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_model_without_labels_is_not_found()
    {
        var (exitCode, _, errors) = await RunAsync("drift", "ghost");

        Assert.Equal(3, exitCode);
        Assert.Contains("'ghost' has no labels", errors, StringComparison.Ordinal);
    }

    [Theory(Timeout = Timeout)]
    [InlineData("--against is '3d', but must be earlier than --since, which is '7d'", "--against", "3d")]
    [InlineData("--against is '30d', but must be earlier than --since, which is '60d'", "--since", "60d")]
    [InlineData("--against is '7d', but must be earlier than --since", "--against", "7d")]
    [InlineData("--since is '2999-01-01', but must be in the past.", "--since", "2999-01-01")]
    [InlineData("--since is '0d', but must be in the past.", "--since", "0d")]
    [InlineData("--since is 'lately', but must be an age such as 7d", "--since", "lately")]
    [InlineData("--html is 'no/such.html', but there is no folder", "--html", "no/such.html")]
    public async Task Windows_that_make_no_sense_are_refused(string message, params string[] arguments)
    {
        var (exitCode, output, errors) = await RunAsync(["drift", "cifar10", .. arguments]);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(message, errors, StringComparison.Ordinal);
    }

    private Task<Finished> RunAsync(params string[] arguments) =>
        MmeProcess.RunAsync(azurite.ConnectionString, arguments);

    /// <summary>Writes an archive's lines and summary, as a worker did some days ago.</summary>
    private async Task AddLinesAsync(
        ModelName model, string archive, double days, params (string Answer, int Images)[] answers)
    {
        var at = TimeProvider.System.GetUtcNow().AddDays(-days);
        var lines = answers.SelectMany(each => Enumerable.Range(0, each.Images)
            .Select(i => LabelJson.Write(Label($"{archive}/{each.Answer}-{i}.jpg", each.Answer, at))));
        var container = azurite.Account.LabelsOf(model);
        await container.UploadBlobAsync(
            $"{archive}.jsonl", BinaryData.FromBytes(lines.SelectMany(line => line.Append((byte)'\n')).ToArray()));
        await container.UploadBlobAsync($"{archive}.summary.json", BinaryData.FromString("{}"));
    }

    private static Label Label(string image, string answer, DateTimeOffset at) => new(
        new ImageReference("images-m", image, "0x1", 1),
        new AnsweringModel("m", "0x8DB1", null, "onnx"),
        answer == "error:NotAnImage" ? [] : [new ScoredClass(answer, 0, 0.9f)],
        answer == "error:NotAnImage" ? new Refusal(ErrorCode.NotAnImage, "It is text.") : null,
        at);
}
