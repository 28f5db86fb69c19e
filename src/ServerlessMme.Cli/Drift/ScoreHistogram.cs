using ServerlessMme.Cli.Reports;
using ServerlessMme.Core.Drift;

namespace ServerlessMme.Cli.Drift;

/// <summary>Draws the scores of both windows over each other: reference as bars, recent as a line.</summary>
internal static class ScoreHistogram
{
    private static readonly PlotAxis Score = new("score of the answer", 0, 1, [0, 0.25, 0.5, 0.75, 1], "0.##");

    public static Html Draw(DriftScores scores)
    {
        var reference = Shares(scores.Bins.Select(bin => bin.Reference));
        var recent = Shares(scores.Bins.Select(bin => bin.Recent));
        // The next quarter above the tallest bin keeps the ticks round.
        var top = Math.Max(0.25, Math.Ceiling(4 * Math.Max(reference.Max(), recent.Max())) / 4);
        var plot = new Plot(
            "Scores of both windows",
            Score,
            new PlotAxis("answers of the window", 0, top, [0, top / 4, top / 2, top * 3 / 4, top], "0.#%"));
        return $"""
            <figure>{plot.Write(Html.All(
            [
                .. scores.Bins.Zip(reference, (bin, share) => Bar(plot, bin, share)),
                $"""<path class="line" d="{plot.Path(Steps(scores.Bins, recent))}"/>""",
            ]))}
            <figcaption><span class="key under">reference</span> <span class="key line">recent</span></figcaption>
            </figure>

            """;
    }

    private static Html Bar(Plot plot, DriftBin bin, double share)
    {
        var (left, width) = (plot.X(bin.From) + 1, plot.X(bin.To) - plot.X(bin.From) - 2);
        return $"""
            <rect class="under" x="{left}" y="{plot.Y(share)}" width="{width}" height="{plot.Y(0) - plot.Y(share)}">
            <title>{bin.From:0.0} to {bin.To:0.0}: {bin.Reference} before, {bin.Recent} now</title></rect>

            """;
    }

    private static IEnumerable<(double X, double Y)> Steps(IReadOnlyList<DriftBin> bins, List<double> shares) =>
        bins.Zip(shares).SelectMany(each => new[]
        {
            (each.First.From, each.Second), (each.First.To, each.Second),
        });

    private static List<double> Shares(IEnumerable<int> counts)
    {
        var all = counts.ToList();
        return [.. all.Select(count => (double)count / Math.Max(1, all.Sum()))];
    }
}
