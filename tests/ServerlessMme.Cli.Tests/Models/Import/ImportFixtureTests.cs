using System.Globalization;
using System.Text.Json.Nodes;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Cli.Tests.Models.Import;

/// <summary>
/// <c>mme models init</c> over models as the sources export them. make_fixtures.py makes them; they are committed.
/// </summary>
public sealed class ImportFixtureTests(ImportRuns runs, ITestOutputHelper output) : IClassFixture<ImportRuns>
{
    private const double RightWithoutQuestion = 0.9;

    public static TheoryData<string> Names { get; } = [.. ImportFixture.Names];

    public static TheoryData<string> UnsureNames { get; } =
        [.. ImportFixture.Names.Where(name => new ImportFixture(name).Unsure.Length > 0)];

    public static TheoryData<string> SelfContainedNames { get; } =
        [.. ImportFixture.Names.Where(name => !name.Contains("external-data", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Init_writes_the_manifest_of_the_source_and_its_scores(string name) =>
        Assert.Empty((await runs.OfAsync(new ImportFixture(name))).Problems);

    [Theory]
    [MemberData(nameof(UnsureNames))]
    public async Task Init_says_what_the_files_cannot_tell(string name)
    {
        var fixture = new ImportFixture(name);

        var run = await runs.OfAsync(fixture);

        Assert.All(fixture.Unsure, member => Assert.Contains(
            run.Text.Split('\n'),
            line => line.TrimStart().StartsWith("UNSURE ", StringComparison.Ordinal)
                && line.Contains(member, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Nine_sources_of_ten_need_no_question()
    {
        var right = 0;
        foreach (var name in ImportFixture.Names)
        {
            right += (await runs.OfAsync(new ImportFixture(name))).Problems.Count == 0 ? 1 : 0;
        }

        output.WriteLine($"{right} of {ImportFixture.Names.Count} are right.");
        Assert.InRange(right, ImportFixture.Names.Count * RightWithoutQuestion, ImportFixture.Names.Count);
    }

    /// <summary>The references were made with Pillow and torch, so this checks the app's own scores too.</summary>
    [Theory]
    [MemberData(nameof(SelfContainedNames))]
    public async Task The_expected_manifest_gives_the_reference_scores(string name)
    {
        var fixture = new ImportFixture(name);
        using var folder = new TemporaryFolder();
        await using (var onnx = fixture.OpenOnnx())
        await using (var target = File.Create(folder.PathOf("model.onnx")))
        {
            await onnx.CopyToAsync(target, TestContext.Current.CancellationToken);
        }

        var manifest = fixture.Manifest;
        manifest["labels"] ??= new JsonArray([.. fixture.Scores.Select((_, i) =>
            JsonValue.Create(i.ToString(CultureInfo.InvariantCulture)))]);
        await File.WriteAllTextAsync(
            folder.PathOf("model.json"), manifest.ToJsonString(), TestContext.Current.CancellationToken);

        var (scores, refusal) = await ModelScores.OfAsync(
            folder.Root, fixture.Image, TestContext.Current.CancellationToken);

        Assert.Null(refusal);
        Assert.Empty(ImportRun.ScoreDifferences(fixture, scores));
    }
}
