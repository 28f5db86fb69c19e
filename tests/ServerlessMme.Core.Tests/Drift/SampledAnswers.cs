using ServerlessMme.Core.Drift;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Core.Tests.Drift;

/// <summary>
/// Answers drawn at random from fixed seeds: labels by their shares, scores as a trained classifier gives them, 1% of
/// the images refused.
/// </summary>
internal sealed class SampledAnswers(int seed)
{
    public static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    public static readonly DriftWindows Windows = new(Now.AddDays(-30), Now.AddDays(-7), Now);
    public static readonly ModelName Model = ModelName.Parse("cifar10").Value;

    private readonly Random _random = new(seed);

    public DriftCounts Counts { get; } = new(Windows);

    public DriftDocument Document => DriftAnalysis.Compare(Model, Counts);

    /// <summary>The shares, with <paramref name="moved"/> more of one label and as much less of the others.</summary>
    public static double[] Shift(double[] shares, int label, double moved) =>
    [
        .. shares.Select((share, i) => i == label ? share + moved : share * (1 - (moved / (1 - shares[label])))),
    ];

    public static double[] Even(int labels) => [.. Enumerable.Repeat(1.0 / labels, labels)];

    /// <param name="sureness">Scores are 1 minus a random number's power of this; more is surer.</param>
    public SampledAnswers Add(bool isRecent, int images, double[] shares, double sureness = 4, double refused = 0.01)
    {
        var at = isRecent ? Now.AddDays(-3) : Now.AddDays(-20);
        for (var i = 0; i < images; i++)
        {
            var isRefused = _random.NextDouble() < refused;
            var score = 1 - (Math.Pow(_random.NextDouble(), sureness) * 0.8);
            Counts.Add(new StoredAnswer(
                null,
                $"{i}.jpg",
                isRefused ? null : $"c{Draw(shares)}",
                isRefused ? null : Math.Round(score, 4),
                !isRefused && score < 0.5,
                isRefused ? "NotAnImage" : null,
                null,
                "v1",
                at));
        }

        return this;
    }

    private int Draw(double[] shares)
    {
        var at = _random.NextDouble();
        for (var label = 0; label < shares.Length; label++)
        {
            at -= shares[label];
            if (at < 0)
            {
                return label;
            }
        }

        return shares.Length - 1;
    }
}
