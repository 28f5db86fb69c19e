using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Core.Drift;

/// <summary>How a model's answers changed between two windows, as docs/schemas/v1/drift.json describes.</summary>
/// <param name="IsDrift">True if there are findings.</param>
/// <param name="Findings">The changes. Labels come first, starting with the largest change.</param>
/// <param name="Warnings">Other possible causes, and comparisons that were not possible, as sentences.</param>
/// <param name="Labels">Null if a window has too few answers.</param>
/// <param name="Scores">Null if a window has too few scores from 0 to 1.</param>
/// <param name="Unsure">Unsure answers among those with a score; null if a window has too few.</param>
/// <param name="Refusals">Refused images among all, by code.</param>
public sealed record DriftDocument(
    string Model,
    DateTimeOffset MeasuredAt,
    DriftWindow Reference,
    DriftWindow Recent,
    bool IsDrift,
    IReadOnlyList<DriftFinding> Findings,
    IReadOnlyList<string> Warnings,
    DriftLabels? Labels,
    DriftScores? Scores,
    DriftShare? Unsure,
    IReadOnlyList<DriftShare> Refusals)
{
    // The JSON never becomes part of an HTML page, so labels stay readable instead of being escaped.
    private static readonly DriftJson Context = new(new JsonSerializerOptions(DriftJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Context.DriftDocument);
}

/// <summary>One of the two windows.</summary>
/// <param name="To">Exclusive.</param>
/// <param name="Images">Images with an answer or a refusal.</param>
/// <param name="Versions">The model versions, most images first; at most 10.</param>
public sealed record DriftWindow(
    DateTimeOffset From, DateTimeOffset To, int Images, int Answers, int Refused, IReadOnlyList<DriftVersion> Versions);

/// <summary>A change that is large enough to matter and unlikely to be chance.</summary>
/// <param name="Name">The label, or the refusal's code; null for the other kinds.</param>
/// <param name="P">See <see cref="DriftShare"/>.</param>
public sealed record DriftFinding(DriftKind Kind, string? Name, string Sentence, double P);

/// <summary>The subject of a finding.</summary>
public enum DriftKind
{
    /// <summary>The share of one label.</summary>
    [JsonStringEnumMemberName("label")]
    Label,

    /// <summary>The shares of all labels together.</summary>
    [JsonStringEnumMemberName("labels")]
    Labels,

    /// <summary>The histogram of the scores.</summary>
    [JsonStringEnumMemberName("scores")]
    Scores,

    /// <summary>The rate of unsure answers.</summary>
    [JsonStringEnumMemberName("unsure")]
    Unsure,

    /// <summary>The rate of one refusal.</summary>
    [JsonStringEnumMemberName("refusal")]
    Refusal,
}

/// <summary>A share in both windows.</summary>
/// <param name="P">
/// The probability that chance alone causes a difference this large, adjusted for all comparisons of the document
/// (Holm); null if there are too few images to tell.
/// </param>
public sealed record DriftShare(string Name, Proportion Reference, Proportion Recent, double? P)
{
    /// <summary>Recent minus reference share.</summary>
    public double Change => Recent.Value - Reference.Value;
}

/// <summary>The shares of the labels.</summary>
/// <param name="Psi">Population stability index.</param>
/// <param name="P">See <see cref="DriftShare"/>.</param>
/// <param name="Shares">Largest change first.</param>
public sealed record DriftLabels(double Psi, StabilityBand Band, double P, IReadOnlyList<DriftShare> Shares);

/// <summary>The histogram of the scores.</summary>
/// <inheritdoc cref="DriftLabels"/>
public sealed record DriftScores(
    double Psi, StabilityBand Band, double P, double ReferenceMean, double RecentMean, IReadOnlyList<DriftBin> Bins);

/// <summary>Answers whose score is in a bin.</summary>
/// <param name="To">Exclusive, except for 1.</param>
public sealed record DriftBin(double From, double To, int Reference, int Recent);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(DriftDocument))]
internal sealed partial class DriftJson : JsonSerializerContext;
