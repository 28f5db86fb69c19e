using ServerlessMme.Cli.Reports;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Cli.Evaluate;

/// <summary>Draws the accuracy of accepted answers, from only the most confident ones to all of them.</summary>
internal static class CoverageCurve
{
    private const int MaxPoints = 200;
    private static readonly PlotAxis Accepted =
        new("images accepted, most confident first", 0, 1, [0, 0.25, 0.5, 0.75, 1], "0%");

    public static Html Draw(IReadOnlyList<Answer> answers, Acceptance acceptance)
    {
        var points = Points(answers);
        var lowest = Math.Min(acceptance.Target, points.Min(point => point.Accuracy.Value));
        // Scaled to the curve, because the interval for a few images extends far down.
        var from = Math.Clamp(Math.Floor((lowest - 0.05) * 10) / 10, 0, 0.9);
        var plot = new Plot("Accuracy of accepted answers by the share of images accepted", Accepted, Axis(from));
        var band = points.Select(point => (point.Coverage, point.Accuracy.Lower))
            .Concat(points.Reverse().Select(point => (point.Coverage, point.Accuracy.Upper)));
        return $"""
            <figure>{plot.Write($"""
            <path class="band" d="{plot.Path(band)} Z"/>
            <path class="target" d="{plot.Path([(0, acceptance.Target), (1, acceptance.Target)])}"/>
            <path class="line" d="{plot.Path(points.Select(point => (point.Coverage, point.Accuracy.Value)))}"/>
            {Mark(plot, acceptance.Suggested)}
            """)}
            <figcaption><span class="key line">right answers</span> <span class="key band">95% interval</span>
            <span class="key target">target</span></figcaption></figure>

            """;
    }

    private static PlotAxis Axis(double from)
    {
        var step = from < 0.5 ? 0.2 : from < 0.8 ? 0.1 : 0.05;
        var ticks = Enumerable.Range(0, 11).Select(i => 1 - (i * step)).Where(tick => tick >= from - 1e-9);
        return new PlotAxis("answers that are right", from, 1, [.. ticks], "0%");
    }

    private static Html Mark(Plot plot, AcceptanceThreshold? suggested)
    {
        if (suggested is not { Accuracy: { } accuracy })
        {
            return Html.Empty;
        }

        var (x, y) = (plot.X(suggested.Coverage.Value), plot.Y(accuracy.Value));
        // Far to the right, the mark's text goes to its left.
        var (distance, anchor) = suggested.Coverage.Value > 0.6 ? (-10, "end") : (10, "start");
        return $"""
            <circle class="mark" cx="{x}" cy="{y}" r="5"/>
            <text class="mark" x="{x + distance}" y="{y + 20}" text-anchor="{anchor}">score ≥ {suggested.MinScore:0.00}
            </text>
            """;
    }

    private static IReadOnlyList<(double Coverage, Proportion Accuracy)> Points(IReadOnlyList<Answer> answers)
    {
        var ordered = answers.OrderByDescending(answer => answer.Score).ToList();
        var points = new List<(double, Proportion)>();
        var right = 0;
        for (var i = 0; i < ordered.Count; i++)
        {
            right += ordered[i].IsRight ? 1 : 0;
            // Images with the same score are accepted together.
            var isLast = i + 1 == ordered.Count;
            if (isLast || ordered[i + 1].Score < ordered[i].Score)
            {
                points.Add(((i + 1.0) / ordered.Count, new Proportion(right, i + 1)));
            }
        }

        var step = Math.Max(1, (double)points.Count / MaxPoints);
        return [.. Enumerable.Range(0, (int)(points.Count / step)).Select(i => points[(int)(i * step)]), points[^1]];
    }
}
