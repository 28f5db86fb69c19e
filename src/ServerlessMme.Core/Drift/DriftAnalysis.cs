using ServerlessMme.Core.Models;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Core.Drift;

/// <summary>
/// Compares the counts of two windows. Drift is a change that is large enough to matter and unlikely to be chance. All
/// comparisons of a document share the error rate <see cref="Level"/>. docs/evaluate.md describes the rules.
/// </summary>
public static class DriftAnalysis
{
    /// <summary>Maximum rate of false alarms, in which a model without drift is reported.</summary>
    public const double Level = 0.01;

    /// <summary>Minimum number of answers in both windows together to test a single label or refusal.</summary>
    private const int MinSum = 5;

    private const double LargeChange = 0.05;
    private const double SmallChange = 0.01;
    private const double Factor = 2;
    private const int MaxVersions = 10;

    /// <param name="counts">Counts without a <see cref="DriftCounts.Problem"/>.</param>
    public static DriftDocument Compare(ModelName model, DriftCounts counts)
    {
        var (windows, reference, recent) = (counts.Windows, counts.Reference, counts.Recent);
        var family = new TestFamily();
        var labels = counts.HasAnswers
            ? Labels(family, [.. counts.Labels], new PairCount(reference.Answers, recent.Answers))
            : null;
        var scores = HasScores(reference) && HasScores(recent) ? Scores(family, reference, recent) : null;
        var unsure = reference.Scored >= DriftCounts.MinImages && recent.Scored >= DriftCounts.MinImages
            ? Share(
                family,
                "unsure",
                new PairCount(reference.Unsure, recent.Unsure),
                new PairCount(reference.Scored, recent.Scored))
            : null;
        var images = new PairCount(reference.Images, recent.Images);
        List<Func<DriftShare>> refusals =
            [.. counts.Refusals.Select(each => Share(family, each.Name, each.Count, images))];
        family.Adjust();

        var document = new DriftDocument(
            model.Value,
            windows.Now,
            Window(reference, windows.Against, windows.Since),
            Window(recent, windows.Since, windows.Now),
            false,
            [],
            DriftWarnings.Of(counts),
            labels?.Invoke(),
            scores?.Invoke(),
            unsure?.Invoke(),
            Sorted(refusals));
        var findings = DriftFindings.Of(document).ToList();
        return document with { IsDrift = findings.Count > 0, Findings = findings };
    }

    /// <summary>
    /// Returns true if a share changed by at least 5 percentage points, or by at least 1 point to double or half its
    /// value, and the change is unlikely to be chance.
    /// </summary>
    public static bool HasMoved(DriftShare share)
    {
        var (from, to) = (Math.Min(share.Reference.Value, share.Recent.Value),
            Math.Max(share.Reference.Value, share.Recent.Value));
        return share.P < Level
            && (to - from >= LargeChange || (to - from >= SmallChange && to >= Factor * from));
    }

    /// <summary>Returns true if the index of a distribution shows a change that is unlikely to be chance.</summary>
    internal static bool HasMoved(double psi, double p) => psi >= Stability.Moderate && p < Level;

    private static bool HasScores(WindowCounts counts) => counts.Scored - counts.Unbounded >= DriftCounts.MinImages;

    private static DriftWindow Window(WindowCounts counts, DateTimeOffset from, DateTimeOffset to) => new(
        from, to, counts.Images, counts.Answers, counts.Refused, [.. counts.Versions.Take(MaxVersions)]);

    private static Func<DriftLabels> Labels(
        TestFamily family, IReadOnlyList<(string Name, PairCount Count)> labels, PairCount all)
    {
        var pooled = Significance.Pool([.. labels.Select(label => label.Count)]);
        var (psi, test) = (Stability.Index(pooled), family.Add(Significance.OfDistributions(pooled)));
        List<Func<DriftShare>> shares = [.. labels.Select(label => Share(family, label.Name, label.Count, all))];
        return () => new DriftLabels(
            psi,
            Stability.Band(psi),
            family.Adjusted(test),
            Sorted(shares));
    }

    /// <summary>Sorts by the size of the change, largest first. Of two equal changes, the rise comes first.</summary>
    private static IReadOnlyList<DriftShare> Sorted(IEnumerable<Func<DriftShare>> shares) =>
    [
        .. shares.Select(share => share()).OrderByDescending(share => Math.Round(Math.Abs(share.Change), 9))
            .ThenByDescending(share => share.Change),
    ];

    private static Func<DriftScores> Scores(TestFamily family, WindowCounts reference, WindowCounts recent)
    {
        List<PairCount> bins = [.. reference.Scores.Zip(recent.Scores, (before, now) => new PairCount(before, now))];
        var pooled = Significance.Pool(bins);
        var (psi, test) = (Stability.Index(pooled), family.Add(Significance.OfDistributions(pooled)));
        return () => new DriftScores(
            psi,
            Stability.Band(psi),
            family.Adjusted(test),
            reference.MeanScore!.Value,
            recent.MeanScore!.Value,
            [.. bins.Select((bin, place) => new DriftBin(
                (double)place / bins.Count, (double)(place + 1) / bins.Count, bin.Reference, bin.Recent))]);
    }

    private static Func<DriftShare> Share(TestFamily family, string name, PairCount hits, PairCount all)
    {
        var share = new DriftShare(
            name, new Proportion(hits.Reference, all.Reference), new Proportion(hits.Recent, all.Recent), null);
        if (hits.Sum < MinSum)
        {
            return () => share;
        }

        var test = family.Add(Significance.OfShare(hits, all));
        return () => share with { P = family.Adjusted(test) };
    }

    /// <summary>All tests of one document. Probabilities are adjusted once every test is known.</summary>
    private sealed class TestFamily
    {
        private readonly List<double> _probabilities = [];
        private double[] _adjusted = [];

        public int Add(double probability)
        {
            _probabilities.Add(probability);
            return _probabilities.Count - 1;
        }

        public void Adjust() => _adjusted = Significance.Adjust(_probabilities);

        public double Adjusted(int test) => _adjusted[test];
    }
}
