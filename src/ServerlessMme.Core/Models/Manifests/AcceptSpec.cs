namespace ServerlessMme.Core.Models.Manifests;

/// <summary>
/// The thresholds for accepting an answer. Other answers are unsure. By default, all answers are accepted.
/// </summary>
/// <param name="MinScore">Minimum score of the best class, from 0 to 1.</param>
/// <param name="MinMargin">Minimum margin between the best score and the second, from 0 to 1.</param>
/// <param name="Labels">Minimum scores of single classes, in place of <paramref name="MinScore"/>.</param>
public sealed record AcceptSpec(double MinScore, double MinMargin, IReadOnlyDictionary<string, double> Labels)
{
    /// <summary>Accepts every answer.</summary>
    public static AcceptSpec Everything { get; } = new(0, 0, new Dictionary<string, double>());

    /// <summary>Returns true if the best class is not accepted.</summary>
    /// <param name="label">The best class.</param>
    /// <param name="second">The second-best score; null if there is a single class.</param>
    public bool IsUnsure(string label, float best, float? second)
    {
        // Scores are float32. Compared as doubles, the score 0.7 would be below the threshold 0.7.
        var least = (float)Labels.GetValueOrDefault(label, MinScore);
        return best < least || (second is { } other && best - other < (float)MinMargin);
    }
}
