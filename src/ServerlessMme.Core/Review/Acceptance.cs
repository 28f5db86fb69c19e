using System.Globalization;

namespace ServerlessMme.Core.Review;

/// <summary>The effect of accepting only answers with a minimum score, for a series of thresholds.</summary>
/// <param name="Target">Accuracy that accepted answers should have.</param>
/// <param name="Thresholds">Lowest first.</param>
public sealed record Acceptance(double Target, IReadOnlyList<AcceptanceThreshold> Thresholds)
{
    private static readonly IReadOnlyList<double> MinScores =
        [.. Enumerable.Range(0, 20).Select(step => step * 5 / 100.0), 0.99];

    /// <summary>
    /// The lowest threshold whose accuracy reaches the target even at the lower end of its interval; null if there is
    /// none.
    /// </summary>
    public AcceptanceThreshold? Suggested =>
        Thresholds.FirstOrDefault(threshold => threshold.Accuracy?.Lower >= Target);

    /// <summary>The suggestion as a sentence; if no threshold is good enough, the accuracy of the best one.</summary>
    public string Sentence => Suggested is { Accuracy: { } accuracy } suggested
        ? Text($"Accepting scores of {suggested.MinScore:0.00} and above accepts {suggested.Coverage.Value:0.0%} of ")
            + Text($"the images, and {accuracy.Value:0.0%} of those answers are right (at least ")
            + Text($"{accuracy.Lower:0.0%} with 95% confidence).")
        : Text($"No threshold reaches an accuracy of {Target:0.0#%} with 95% confidence. {Best} Evaluate more ")
            + "images to narrow the interval.";

    private string Best
    {
        get
        {
            // There is always a threshold with accepted images: threshold 0 accepts all.
            var best = Thresholds.Where(threshold => threshold.Accuracy is not null)
                .MaxBy(threshold => threshold.Accuracy!.Value.Lower)!;
            return Text($"With the best threshold, {best.MinScore:0.00}, {best.Accuracy!.Value.Value:0.0%} of ")
                + Text($"{best.Accuracy.Value.Images} answers are right (at least {best.Accuracy.Value.Lower:0.0%} ")
                + "with 95% confidence).";
        }
    }

    /// <param name="answers">At least one, with scores from 0 to 1.</param>
    /// <param name="target">Above 0 and below 1.</param>
    public static Acceptance Of(IReadOnlyList<Answer> answers, double target) => new(
        target, [.. MinScores.Select(minScore => At(answers, minScore))]);

    private static AcceptanceThreshold At(IReadOnlyList<Answer> answers, double minScore)
    {
        var (accepted, right) = (0, 0);
        foreach (var answer in answers)
        {
            // Compared as in AcceptSpec. As doubles, the score 0.7 would be below the threshold 0.7.
            if ((float)answer.Score >= (float)minScore)
            {
                accepted++;
                right += answer.IsRight ? 1 : 0;
            }
        }

        return new AcceptanceThreshold(
            minScore, new Proportion(accepted, answers.Count), Proportion.Of(right, accepted));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>One threshold.</summary>
/// <param name="MinScore">The lowest accepted score.</param>
/// <param name="Coverage">Share of all images that are accepted.</param>
/// <param name="Accuracy">Share of right answers among the accepted; null if none is accepted.</param>
public sealed record AcceptanceThreshold(double MinScore, Proportion Coverage, Proportion? Accuracy);
