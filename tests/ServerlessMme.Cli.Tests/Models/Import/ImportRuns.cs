using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using ServerlessMme.Core.Models.Import;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Cli.Tests.Models.Import;

/// <summary>Runs <c>mme models init</c> over the fixtures, each once for all tests.</summary>
public sealed class ImportRuns : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentDictionary<string, Lazy<Task<ImportRun>>> _runs = [];

    public void Dispose() => _folder.Dispose();

    internal Task<ImportRun> OfAsync(ImportFixture fixture) =>
        _runs.GetOrAdd(fixture.Name, _ => new Lazy<Task<ImportRun>>(() => RunAsync(fixture))).Value;

    private async Task<ImportRun> RunAsync(ImportFixture fixture)
    {
        var output = _folder.PathOf(fixture.Name);
        var finished = await MmeProcess.RunAsync(
            null, "models", "init", fixture.Source, "--name", fixture.Name, "--out", output, "--yes");
        var text = finished.Output + finished.Error;
        var manifest = Path.Combine(output, "model.json");
        if (!File.Exists(manifest))
        {
            return new ImportRun(
                text, output, [$"no model.json was written, exit code {finished.ExitCode}: {finished.Error}"]);
        }

        var origin = $"The model comes from {ModelSources.NameOf(fixture.Origin)}.";
        var problems = await CheckAsync(fixture, output, manifest);
        return new ImportRun(text, output, [.. text.Contains(origin, StringComparison.Ordinal)
            ? problems
            : problems.Append($"'{origin}' is not printed")]);
    }

    private static async Task<IEnumerable<string>> CheckAsync(ImportFixture fixture, string folder, string manifest)
    {
        var actual = JsonNode.Parse(await File.ReadAllTextAsync(manifest))!.AsObject();
        var differences = ManifestMembers.Differences(fixture.Manifest, actual);
        var (scores, refusal) = await ModelScores.OfAsync(
            folder, fixture.Image, TestContext.Current.CancellationToken);
        return refusal is null
            ? differences.Concat(ImportRun.ScoreDifferences(fixture, scores))
            : differences.Append($"the model is refused: {refusal}");
    }
}

/// <summary>The output of a run, and the problems of the model folder that it wrote.</summary>
/// <param name="Folder">The model folder that it wrote.</param>
internal sealed record ImportRun(string Text, string Folder, IReadOnlyList<string> Problems)
{
    /// <summary>What differs from the reference scores.</summary>
    public static IEnumerable<string> ScoreDifferences(ImportFixture fixture, float[] scores)
    {
        var expected = fixture.Scores;
        if (expected.Length != scores.Length
            || expected.Zip(scores).Any(pair => Math.Abs(pair.First - pair.Second) > fixture.Tolerance))
        {
            yield return $"the scores are [{string.Join(", ", scores)}], not [{string.Join(", ", expected)}]";
        }
    }
}
