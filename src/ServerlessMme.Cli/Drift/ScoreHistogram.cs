using ServerlessMme.Cli.Reports;
using ServerlessMme.Core.Drift;

namespace ServerlessMme.Cli.Drift;

/// <summary>Draws the scores of both windows in one plot: the reference as bars, the recent ones as a line.</summary>
internal static class ScoreHistogram
{
    private const int MaxTicks = 5;
    private static readonly double[] Steps = [0.05, 0.1, 0.2];
    private static readonly PlotAxis Score = new("score of the answer", 0, 1, [0, 0.25, 0.5, 0.75, 1], "0.##");

    public static Html Draw(DriftScores scores)
    {
        var reference = Shares(scores.Bins.Select(bin => bin.Reference));
        var recent = Shares(scores.Bins.Select(bin => bin.Recent));
        var plot = new Plot("Scores of both windows", Score, Answers(Math.Max(reference.Max(), recent.Max())));
        return $"""
            <figure>{plot.Write(Html.All(
            [
                .. scores.Bins.Zip(reference, (bin, share) => Bar(plot, bin, share)),
                $"""<path class="line" d="{plot.Path(Outline(scores.Bins, recent))}"/>""",
            ]))}
            <figcaption><span class="key under">reference</span> <span class="key line">recent</span></figcaption>
            </figure>

            """;
    }

    /// <summary>Returns an axis with round ticks, the last of which is at or above the tallest bin.</summary>
    private static PlotAxis Answers(double tallest)
    {
        var step = Steps.First(each => each * MaxTicks >= tallest);
        var ticks = (int)Math.Max(1, Math.Ceiling(tallest / step));
        return new PlotAxis(
            "share of the answers",
            0,
            ticks * step,
            [.. Enumerable.Range(0, ticks + 1).Select(tick => tick * step)],
            "0%");
    }

    private static Html Bar(Plot plot, DriftBin bin, double share)
    {
        var (left, width) = (plot.X(bin.From) + 1, plot.X(bin.To) - plot.X(bin.From) - 2);
        return $"""
            <rect class="under" x="{left}" y="{plot.Y(share)}" width="{width}" height="{plot.Y(0) - plot.Y(share)}">
            <title>{bin.From:0.0} to {bin.To:0.0}: {bin.Reference} before, {bin.Recent} now</title></rect>

            """;
    }

    private static IEnumerable<(double X, double Y)> Outline(IReadOnlyList<DriftBin> bins, List<double> shares) =>
        bins.Zip(shares).SelectMany(each => new[]
        {
            (each.First.From, each.Second), (each.First.To, each.Second),
        });

    private static List<double> Shares(IEnumerable<int> counts)
    {
        var all = counts.ToList();
        var sum = Math.Max(1, all.Sum());
        return [.. all.Select(count => (double)count / sum)];
    }
}
