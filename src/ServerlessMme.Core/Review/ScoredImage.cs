namespace ServerlessMme.Core.Review;

/// <summary>An image whose correct label is known, with the model's scores.</summary>
/// <param name="Name">The image's name in the folder or container.</param>
/// <param name="Truth">Index of the correct label.</param>
/// <param name="Scores">One score per label, in the manifest's order.</param>
public sealed record ScoredImage(string Name, int Truth, float[] Scores)
{
    /// <summary>The model's answer. Among equal scores, the first wins, as in a label.</summary>
    public Answer Answer { get; } = Best(Truth, Scores);

    /// <summary>
    /// Returns the number of labels that the model ranks above the correct one; 0 if its answer is right.
    /// </summary>
    public int Rank()
    {
        var own = Scores[Truth];
        var rank = 0;
        for (var i = 0; i < Scores.Length; i++)
        {
            rank += Scores[i] > own || (Scores[i] == own && i < Truth) ? 1 : 0;
        }

        return rank;
    }

    private static Answer Best(int truth, float[] scores)
    {
        var best = 0;
        for (var i = 1; i < scores.Length; i++)
        {
            best = scores[i] > scores[best] ? i : best;
        }

        return new Answer(truth, best, scores[best]);
    }
}

/// <summary>A model's answer for an image whose correct label is known.</summary>
/// <param name="Truth">Index of the correct label.</param>
/// <param name="Label">Index of the model's label.</param>
/// <param name="Score">The score of that label.</param>
public readonly record struct Answer(int Truth, int Label, double Score)
{
    public bool IsRight => Truth == Label;
}
