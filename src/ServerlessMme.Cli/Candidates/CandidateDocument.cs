using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ServerlessMme.Core.Candidates;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Cli.Candidates;

/// <summary>A comparison as JSON, as docs/schemas/v1/candidate.json describes.</summary>
/// <param name="Findings">The findings in words, most important first.</param>
/// <param name="Changed">The images whose answer changes. Answers that the candidate breaks come first.</param>
internal sealed record CandidateDocument(
    string Model,
    string? Version,
    ComparedCandidate Candidate,
    DateTimeOffset ComparedAt,
    int Images,
    int FromLabels,
    long Archives,
    IReadOnlyList<string> Findings,
    IReadOnlyList<LabelSwap> Swaps,
    Proportion? Agreement,
    DocumentAccuracy? Accuracy,
    AnswerRates? Before,
    AnswerRates After,
    IReadOnlyList<AnswerChange> Changes,
    IReadOnlyList<DocumentChange> Changed)
{
    // The JSON is never part of a page, so labels stay readable instead of being escaped.
    private static readonly CandidateJson Context = new(new JsonSerializerOptions(CandidateJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    public static CandidateDocument Of(CandidateResult result)
    {
        var comparison = result.Comparison;
        return new CandidateDocument(
            result.Model.Value,
            result.PublishedVersion,
            new ComparedCandidate(result.Candidate, result.CandidateVersion, result.CandidateDigest),
            result.ComparedAt,
            comparison.Images.Count,
            result.FromLabels,
            result.Archives,
            [.. CandidateText.Findings(result)],
            comparison.Swaps,
            comparison.Agreement,
            comparison.Known is { } known
                ? new DocumentAccuracy(
                    known.Before, known.After, known.Repaired, known.Broken, known.ChanceOfDifference)
                : null,
            comparison.Before,
            comparison.After,
            comparison.Changes,
            [.. comparison.Changed.Select(image => new DocumentChange(
                image.Image,
                image.Before!.Answer,
                image.Before.Score,
                image.After.Answer,
                image.After.Score,
                image.Truth))]);
    }

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Context.CandidateDocument);
}

/// <param name="Name">The folder's path, or the published model's name.</param>
internal sealed record ComparedCandidate(string Name, string Version, string Digest);

/// <inheritdoc cref="KnownFigures"/>
internal sealed record DocumentAccuracy(
    Proportion? Before, Proportion After, int Repaired, int Broken, double ChanceOfDifference);

/// <param name="Truth">The correct label; null if unknown.</param>
internal sealed record DocumentChange(
    string Image, string Before, double? ScoreBefore, string After, double? ScoreAfter, string? Truth);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(CandidateDocument))]
internal sealed partial class CandidateJson : JsonSerializerContext;
