using MathNet.Numerics;

namespace ServerlessMme.Core.Drift;

/// <summary>
/// Computes the probability that chance alone causes a difference at least as large as the observed one.
/// </summary>
internal static class Significance
{
    // Cochran's rule: below it, the chi-square distribution isn't a good approximation.
    private const double MinExpected = 5;

    /// <summary>
    /// Merges the categories whose expected number is below 5 in one of the windows. The merged category comes last.
    /// </summary>
    public static IReadOnlyList<PairCount> Pool(IReadOnlyCollection<PairCount> counts)
    {
        var all = Sum(counts);
        var smaller = (double)Math.Min(all.Reference, all.Recent) / Math.Max(1, all.Sum);
        var rest = default(PairCount);
        var pooled = new List<PairCount>();
        foreach (var count in counts)
        {
            if (count.Sum * smaller >= MinExpected)
            {
                pooled.Add(count);
            }
            else
            {
                rest = new PairCount(rest.Reference + count.Reference, rest.Recent + count.Recent);
            }
        }

        if (rest.Sum > 0)
        {
            pooled.Add(rest);
        }

        return pooled;
    }

    /// <summary>
    /// Pearson's chi-square test of the hypothesis that both windows have the same distribution. Returns 1 if there is
    /// nothing to compare.
    /// </summary>
    /// <param name="pooled">The result of <see cref="Pool"/>.</param>
    public static double OfDistributions(IReadOnlyList<PairCount> pooled)
    {
        var all = Sum(pooled);
        if (pooled.Count < 2 || all.Reference == 0 || all.Recent == 0)
        {
            return 1;
        }

        var statistic = 0.0;
        foreach (var count in pooled)
        {
            var expected = (double)count.Sum * all.Recent / all.Sum;
            var difference = count.Recent - expected;
            statistic += (difference * difference / expected) + (difference * difference / (count.Sum - expected));
        }

        // Computes the upper tail directly, because 1 minus the lower tail loses all digits of small probabilities.
        return SpecialFunctions.GammaUpperRegularized((pooled.Count - 1) / 2.0, statistic / 2);
    }

    /// <summary>
    /// Tests (two-sided) whether a share is the same in both windows. The test is exact for small numbers.
    /// </summary>
    /// <param name="hits">At most <paramref name="all"/>.</param>
    public static double OfShare(PairCount hits, PairCount all)
    {
        var misses = new PairCount(all.Reference - hits.Reference, all.Recent - hits.Recent);
        var smaller = (double)Math.Min(all.Reference, all.Recent) / Math.Max(1, all.Sum);
        var expected = Math.Min(hits.Sum, misses.Sum) * smaller;
        return expected < MinExpected ? Fisher(hits, misses) : OfDistributions([hits, misses]);
    }

    /// <summary>
    /// Adjusts probabilities for multiple comparisons (Holm's method), so together they keep the error rate.
    /// </summary>
    public static double[] Adjust(IReadOnlyList<double> probabilities)
    {
        var adjusted = new double[probabilities.Count];
        var largest = 0.0;
        foreach (var (index, rank) in Enumerable.Range(0, probabilities.Count)
            .OrderBy(index => probabilities[index]).Select((index, rank) => (index, rank)))
        {
            largest = Math.Max(largest, Math.Min(1, (probabilities.Count - rank) * probabilities[index]));
            adjusted[index] = largest;
        }

        return adjusted;
    }

    private static PairCount Sum(IReadOnlyCollection<PairCount> counts) =>
        new(counts.Sum(count => count.Reference), counts.Sum(count => count.Recent));

    /// <summary>Fisher's exact test: the sum over all tables that are no more likely than this one.</summary>
    private static double Fisher(PairCount hits, PairCount misses)
    {
        var all = hits.Sum + misses.Sum;
        var recent = hits.Recent + misses.Recent;
        var (from, to) = (Math.Max(0, hits.Sum + recent - all), Math.Min(hits.Sum, recent));
        var observed = LogProbability(hits.Recent);
        // Rounding must not leave out tables that are exactly as likely.
        const double slack = 1e-7;
        var sum = 0.0;
        for (var count = from; count <= to; count++)
        {
            var probability = LogProbability(count);
            sum += probability <= observed + slack ? Math.Exp(probability) : 0;
        }

        return Math.Min(1, sum);

        double LogProbability(int count) => SpecialFunctions.BinomialLn(hits.Sum, count)
            + SpecialFunctions.BinomialLn(misses.Sum, recent - count) - SpecialFunctions.BinomialLn(all, recent);
    }
}
