using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Reports;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Cli.Evaluate;

/// <summary>Plots the share of right answers by score, to compare it with the scores.</summary>
internal static class ReliabilityDiagram
{
    /// <summary>Bins with fewer images are drawn faintly.</summary>
    public const int FewImages = 10;

    private static readonly PlotAxis Score = new("score of the answer", 0, 1, [0, 0.25, 0.5, 0.75, 1], "0.##");
    private static readonly PlotAxis Right = new("answers that are right", 0, 1, [0, 0.25, 0.5, 0.75, 1], "0%");

    /// <param name="tempered">The reliability at the best temperature; null if no temperature was found.</param>
    public static Html Draw(Reliability now, Reliability? tempered)
    {
        var plot = new Plot("Share of right answers by score", Score, Right);
        return $"""
            <figure>{plot.Write(Html.All(
            [
                .. now.Bins.Where(bin => bin.Images > 0).Select(bin => Bar(plot, bin)),
                $"""<path class="ideal" d="{plot.Path([(0, 0), (1, 1)])}"/>""",
                .. (tempered?.Bins ?? []).Where(bin => bin.Images > 0).Select(bin => Dot(plot, bin)),
            ]))}
            <figcaption><span class="key bar">right answers</span> <span class="key over">overconfident</span>
            <span class="key under">underconfident</span>
            {(tempered is null ? Html.Empty : $"""<span class="key dot">at the best temperature</span>""")}
            </figcaption></figure>

            """;
    }

    private static Html Bar(Plot plot, ReliabilityBin bin)
    {
        var (score, right) = (bin.Score!.Value, bin.Accuracy!.Value.Value);
        var (left, width) = (plot.X(bin.From) + 1, plot.X(bin.To) - plot.X(bin.From) - 2);
        var (top, middle) = (plot.Y(Math.Max(score, right)), plot.Y(Math.Min(score, right)));
        var (kind, gap) = (bin.Images < FewImages ? "faint" : "firm", score > right ? "over" : "under");
        return $"""
            <g class="{kind}">{Title(bin)}
            <rect class="bar" x="{left}" y="{middle}" width="{width}" height="{plot.Y(0) - middle}"/>
            <rect class="{gap}" x="{left}" y="{top}" width="{width}" height="{middle - top}"/></g>

            """;
    }

    private static Html Dot(Plot plot, ReliabilityBin bin) => $"""
        <circle class="dot" cx="{plot.X(bin.Score!.Value)}" cy="{plot.Y(bin.Accuracy!.Value.Value)}" r="3.5">
        {Title(bin)}</circle>

        """;

    private static Html Title(ReliabilityBin bin) => $"""
        <title>{Counted.Of(bin.Images, "image")}, mean score {bin.Score!.Value:0.000}, {bin.Accuracy!.Value.Value:0.0%}
        right</title>
        """;
}
