using System.Text.Json.Serialization;
using ServerlessMme.Core.Candidates;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Cli.Candidates;

/// <summary>The results of a candidate that scores live drops, as JSON.</summary>
/// <param name="Share">Share of the drops that the candidate scores, 0 to 1.</param>
/// <param name="Limit">Maximum number of images to score.</param>
/// <param name="StoppedAt">Null while the candidate is running.</param>
/// <param name="Agreement">Null until the candidate has scored an image.</param>
/// <param name="Changes">Pairs of answers, including equal ones. The published model's answer comes first.</param>
/// <param name="Examples">Some of the images whose answers differ.</param>
internal sealed record ShadowDocument(
    string Model,
    string Candidate,
    double Share,
    long Limit,
    string By,
    DateTimeOffset StartedAt,
    DateTimeOffset? StoppedAt,
    long Scored,
    Proportion? Agreement,
    IReadOnlyList<AnswerChange> Changes,
    IReadOnlyList<ShadowExample> Examples)
{
    public static ShadowDocument Of(Shadow shadow, ShadowTally tally) => new(
        shadow.Model.Value,
        shadow.Candidate.Value,
        shadow.Share,
        shadow.Limit,
        shadow.By,
        shadow.StartedAt,
        shadow.StoppedAt,
        tally.Scored,
        tally.Agreement,
        tally.Changes,
        tally.Examples);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ShadowDocument))]
internal sealed partial class ShadowJson : JsonSerializerContext;
