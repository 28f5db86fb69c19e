namespace ServerlessMme.Core.Models.Manifests;

/// <summary>When an answer is accepted. An answer that is not is unsure. By default every answer is accepted.</summary>
/// <param name="MinScore">The least score of the best class, from 0 to 1.</param>
/// <param name="MinMargin">How far the best score must be above the second, from 0 to 1.</param>
/// <param name="Labels">The least score of single classes, in place of <paramref name="MinScore"/>.</param>
public sealed record AcceptSpec(double MinScore, double MinMargin, IReadOnlyDictionary<string, double> Labels)
{
    /// <summary>Accepts every answer.</summary>
    public static AcceptSpec Everything { get; } = new(0, 0, new Dictionary<string, double>());

    /// <summary>True when the best class is not accepted.</summary>
    /// <param name="label">The best class.</param>
    /// <param name="second">The second-best score; null with a single class.</param>
    public bool IsUnsure(string label, float best, float? second)
    {
        // Scores are float32. Compared as doubles, a score of 0.7 would be below a threshold of 0.7.
        var least = (float)Labels.GetValueOrDefault(label, MinScore);
        return best < least || (second is { } other && best - other < (float)MinMargin);
    }
}
