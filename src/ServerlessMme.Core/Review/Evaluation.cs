using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Core.Review;

/// <summary>How well a model with one label per image performs on images whose correct labels are known.</summary>
/// <param name="Images">The images, in the caller's order.</param>
/// <param name="Top">How often the correct label is among the k best labels, for k = 2 to at most 5.</param>
/// <param name="Labels">One entry per label, in the manifest's order.</param>
/// <param name="Reliability">Null if scores are not between 0 and 1.</param>
/// <param name="Acceptance">Null if scores are not between 0 and 1.</param>
/// <param name="Tempered">
/// Null if the model can't have a temperature, because it uses sigmoid or its scores aren't probabilities.
/// </param>
public sealed record Evaluation(
    IReadOnlyList<ScoredImage> Images,
    Proportion Accuracy,
    IReadOnlyList<TopAccuracy> Top,
    ConfusionMatrix Confusion,
    IReadOnlyList<LabelFigures> Labels,
    Reliability? Reliability,
    Acceptance? Acceptance,
    TemperedFigures? Tempered)
{
    private const int MostTop = 5;
    private const float SumTolerance = 1e-3f;

    /// <param name="images">At least one.</param>
    /// <param name="labels">The number of labels.</param>
    /// <param name="output">The output of the manifest that the scores were computed with; its task is single.</param>
    /// <param name="target">Accuracy that accepted answers should have, above 0 and below 1.</param>
    public static Evaluation Of(IReadOnlyList<ScoredImage> images, int labels, OutputSpec output, double target)
    {
        var answers = images.Select(image => image.Answer).ToList();
        var ranks = images.Select(image => image.Rank()).ToList();
        var confusion = new ConfusionMatrix(labels, answers);
        var areBounded = images.All(image => Array.TrueForAll(image.Scores, score => score is >= 0 and <= 1));
        var areProbabilities = areBounded && output.Activation != Activation.Sigmoid
            && images.All(image => Math.Abs(image.Scores.Sum() - 1) <= SumTolerance);
        return new Evaluation(
            images,
            new Proportion(ranks.Count(rank => rank == 0), images.Count),
            [.. Enumerable.Range(2, Math.Max(0, Math.Min(MostTop, labels - 1) - 1))
                .Select(k => new TopAccuracy(k, new Proportion(ranks.Count(rank => rank < k), images.Count)))],
            confusion,
            [.. Enumerable.Range(0, labels).Select(confusion.Figures)],
            areBounded ? Reliability.Of(answers) : null,
            areBounded ? Acceptance.Of(answers, target) : null,
            areProbabilities ? TemperedFigures.Of(TemperatureFit.Of(images, output.Temperature), target) : null);
    }

    /// <summary>Returns the wrong answers with the highest scores.</summary>
    public IReadOnlyList<ScoredImage> WorstMistakes(int most) => [.. Images.Where(image => !image.Answer.IsRight)
        .OrderByDescending(image => image.Answer.Score).ThenBy(image => image.Name, StringComparer.Ordinal)
        .Take(most)];
}

/// <summary>How often the correct label is among the <paramref name="K"/> best labels.</summary>
public readonly record struct TopAccuracy(int K, Proportion Accuracy);

/// <summary>The figures at the fitted temperature.</summary>
public sealed record TemperedFigures(TemperatureFit Fit, Reliability Reliability, Acceptance Acceptance)
{
    public static TemperedFigures Of(TemperatureFit fit, double target) =>
        new(fit, Reliability.Of(fit.Answers), Acceptance.Of(fit.Answers, target));
}
