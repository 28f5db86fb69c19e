using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ServerlessMme.Core.Jobs;

namespace ServerlessMme.Core.Review;

/// <summary>An evaluation as JSON, as docs/schemas/v1/evaluation.json describes.</summary>
public sealed record EvaluationDocument(
    EvaluatedModel Model,
    EvaluatedImages Images,
    DateTimeOffset EvaluatedAt,
    Proportion Accuracy,
    IReadOnlyList<TopAccuracy> Top,
    IReadOnlyList<DocumentLabel> Labels,
    IReadOnlyList<DocumentConfusion> Confusion,
    DocumentCalibration? Calibration,
    DocumentTemperature? Temperature,
    DocumentAcceptance? Acceptance,
    IReadOnlyList<DocumentMistake> Mistakes)
{
    /// <summary>Maximum number of mistakes in a document.</summary>
    public const int MaxMistakes = 24;

    // The JSON never becomes part of an HTML page, so labels stay readable instead of being escaped.
    private static readonly EvaluationJson Context = new(new JsonSerializerOptions(EvaluationJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <param name="labels">The manifest's labels.</param>
    public static EvaluationDocument Of(
        Evaluation evaluation,
        EvaluatedModel model,
        EvaluatedImages images,
        DateTimeOffset evaluatedAt,
        IReadOnlyList<string> labels) => new(
        model,
        images,
        evaluatedAt,
        evaluation.Accuracy,
        evaluation.Top,
        [.. evaluation.Labels.Select(figures => new DocumentLabel(
            labels[figures.Label], figures.Support, figures.Answers, figures.Precision, figures.Recall, figures.F1))],
        [.. evaluation.Confusion.Pairs.Select(pair =>
            new DocumentConfusion(labels[pair.Truth], labels[pair.Label], pair.Count))],
        evaluation.Reliability is { } reliability
            ? new DocumentCalibration(reliability.Error, evaluation.Tempered?.Fit.LossBefore, reliability.Bins)
            : null,
        evaluation.Tempered is { } tempered ? DocumentTemperature.Of(tempered) : null,
        evaluation.Acceptance is { } acceptance ? DocumentAcceptance.Of(acceptance) : null,
        [.. evaluation.WorstMistakes(MaxMistakes).Select(image => new DocumentMistake(
            image.Name,
            labels[image.Truth],
            labels[image.Answer.Label],
            image.Scores[image.Answer.Label],
            image.Scores[image.Truth]))]);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Context.EvaluationDocument);
}

/// <summary>The model that was evaluated.</summary>
/// <param name="Version">The ETag of a published model, or the digest of a folder.</param>
/// <param name="Temperature">The manifest's <c>output.temperature</c>.</param>
public sealed record EvaluatedModel(string Name, string Version, string Digest, string Backend, double Temperature);

/// <summary>The labeled images, and those that the figures leave out.</summary>
/// <param name="Evaluated">Images in the figures.</param>
/// <param name="Refused">Images with known labels but without an answer.</param>
/// <param name="UnknownFolders">Folders that match no label.</param>
/// <param name="Unlabeled">Images outside the class folders.</param>
/// <param name="Skipped">Files whose extension is not an image's; null if there are none.</param>
public sealed record EvaluatedImages(
    int Evaluated,
    IReadOnlyList<RefusedImage> Refused,
    IReadOnlyList<UnknownFolder> UnknownFolders,
    [property: JsonPropertyName("unlabelled")] int Unlabeled,
    SkippedFiles? Skipped)
{
    /// <summary>Correct labels in storage that the model doesn't have.</summary>
    public IReadOnlyList<UnknownLabel> UnknownLabels { get; init; } = [];

    /// <summary>Images in archives whose correct label is in storage.</summary>
    public int ArchiveEntries { get; init; }

    /// <summary>
    /// Number of images with known labels that the sample was drawn from; null if there is no sample.
    /// </summary>
    public int? SampledFrom { get; init; }
}

/// <param name="Code">A code from docs/error-codes.md.</param>
public sealed record RefusedImage(string Image, string Code, string Message);

public sealed record UnknownFolder(string Folder, int Images);

public sealed record UnknownLabel(string Label, int Images);

/// <inheritdoc cref="LabelFigures"/>
public sealed record DocumentLabel(
    string Label, int Support, int Answers, Proportion? Precision, Proportion? Recall, double? F1);

/// <param name="Label">The correct label.</param>
/// <param name="Answer">The model's answer.</param>
public sealed record DocumentConfusion(string Label, string Answer, int Count);

/// <param name="Error">Expected calibration error.</param>
/// <param name="NegativeLogLikelihood">Per image; null if scores are not probabilities.</param>
public sealed record DocumentCalibration(
    double Error, double? NegativeLogLikelihood, IReadOnlyList<ReliabilityBin> Bins);

/// <summary>The effect of the best temperature.</summary>
/// <param name="Value">Value for the manifest's <c>output.temperature</c>.</param>
public sealed record DocumentTemperature(
    double Value, bool IsAtBound, double Error, double NegativeLogLikelihood, DocumentAcceptance Acceptance)
{
    internal static DocumentTemperature Of(TemperedFigures tempered) => new(
        tempered.Fit.Temperature,
        tempered.Fit.IsAtBound,
        tempered.Reliability.Error,
        tempered.Fit.Loss,
        DocumentAcceptance.Of(tempered.Acceptance));
}

/// <param name="MinScore">The suggested threshold; null if none reaches the target.</param>
/// <param name="Sentence">The suggestion as a sentence.</param>
public sealed record DocumentAcceptance(
    double Target, double? MinScore, string Sentence, IReadOnlyList<AcceptanceThreshold> Thresholds)
{
    internal static DocumentAcceptance Of(Acceptance acceptance) =>
        new(acceptance.Target, acceptance.Suggested?.MinScore, acceptance.Sentence, acceptance.Thresholds);
}

/// <param name="Label">The correct label.</param>
/// <param name="Answer">The model's answer.</param>
/// <param name="Score">The score of its answer.</param>
/// <param name="LabelScore">The score of the correct label.</param>
public sealed record DocumentMistake(string Image, string Label, string Answer, float Score, float LabelScore);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(EvaluationDocument))]
internal sealed partial class EvaluationJson : JsonSerializerContext;
