namespace ServerlessMme.Core.Review;

/// <summary>Compares scores with the accuracy of their answers, in bins of equal width.</summary>
/// <param name="Error">
/// Expected calibration error: mean distance between score and accuracy over the bins, weighted by images. 0 is
/// perfect.
/// </param>
/// <param name="Bins">All bins, including empty ones.</param>
public sealed record Reliability(double Error, IReadOnlyList<ReliabilityBin> Bins)
{
    /// <summary>The number of bins that is usual in papers on calibration.</summary>
    public const int BinCount = 15;

    /// <param name="answers">At least one, with scores from 0 to 1.</param>
    public static Reliability Of(IReadOnlyList<Answer> answers)
    {
        var bins = new (int Images, int Hits, double Scores)[BinCount];
        foreach (var answer in answers)
        {
            ref var bin = ref bins[Math.Clamp((int)(answer.Score * BinCount), 0, BinCount - 1)];
            bin = (bin.Images + 1, bin.Hits + (answer.IsRight ? 1 : 0), bin.Scores + answer.Score);
        }

        var error = bins.Sum(bin => Math.Abs(bin.Hits - bin.Scores)) / answers.Count;
        return new Reliability(error, [.. bins.Select((bin, i) => new ReliabilityBin(
            (double)i / BinCount,
            (i + 1.0) / BinCount,
            bin.Images,
            bin.Images == 0 ? null : bin.Scores / bin.Images,
            Proportion.Of(bin.Hits, bin.Images)))]);
    }
}

/// <summary>The images whose best score is in one range.</summary>
/// <param name="From">Lowest score of the bin.</param>
/// <param name="To">The next bin's lowest score. The last bin includes 1.</param>
/// <param name="Score">Mean score; null for an empty bin.</param>
/// <param name="Accuracy">Share of right answers; null for an empty bin.</param>
public sealed record ReliabilityBin(double From, double To, int Images, double? Score, Proportion? Accuracy);
