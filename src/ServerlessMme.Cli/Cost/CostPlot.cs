using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace ServerlessMme.Cli.Cost;

/// <summary>Plots the bills over the number of models, on two logarithmic axes.</summary>
internal static class CostPlot
{
    private const double Most = 100_000;

    // 8 points per decade show steps and slopes well enough.
    private const int PointsPerDecade = 8;

    // Each line has its own style, so the lines can be told apart without color.
    private static readonly (EndpointKind Hosting, string Title, LineStyle Style, OxyColor Color, double At)[] Lines =
    [
        (EndpointKind.Single, "this app, drops one by one", LineStyle.Solid, OxyColors.RoyalBlue, 1.3),
        (EndpointKind.Batch, "this app, lists of images", LineStyle.Dash, OxyColors.SeaGreen, 1.3),
        (EndpointKind.Archive, "this app, archives", LineStyle.Dot, OxyColors.DarkOrange, 1.3),
        (EndpointKind.MultiModel, "SageMaker, one multi-model endpoint", LineStyle.LongDash, OxyColors.Purple, 30),
        (EndpointKind.Dedicated, "SageMaker, one endpoint per model", LineStyle.DashDot, OxyColors.Firebrick, 300),
    ];

    /// <summary>The numbers of models on the x axis, from 1 to 100,000.</summary>
    public static IEnumerable<double> Numbers()
    {
        var count = PointsPerDecade * (int)Math.Round(Math.Log10(Most));
        return Enumerable.Range(0, count + 1).Select(i => Math.Round(Math.Pow(10, (double)i / PointsPerDecade)))
            .Distinct();
    }

    public static void Write(CostModel model, Fleet fleet, Stream svg)
    {
        var plot = new PlotModel
        {
            Title = "US dollars per month by number of models",
            Subtitle = FormattableString.Invariant($"{fleet.Images:N0} images per month, ")
                + FormattableString.Invariant($"models of {fleet.ModelMB:0.#} MB, ")
                + FormattableString.Invariant($"{fleet.Cold:P0} cold; list prices with dates in prices.json"),
            Background = OxyColors.White,
            Padding = new OxyThickness(16),
        };
        plot.Axes.Add(Axis(AxisPosition.Bottom, "models", 1, Most));
        plot.Axes.Add(Axis(AxisPosition.Left, "US dollars per month", 1, double.NaN));
        foreach (var (hosting, title, style, color, at) in Lines)
        {
            var line = new LineSeries { LineStyle = style, Color = color, StrokeThickness = 2 };
            foreach (var models in Numbers())
            {
                line.Points.Add(PointAt(hosting, models));
            }

            plot.Series.Add(line);
            // Titles are next to the lines, because a viewer with other fonts would cut off a legend.
            plot.Annotations.Add(new TextAnnotation
            {
                Text = title,
                TextColor = color,
                TextPosition = PointAt(hosting, at),
                TextHorizontalAlignment =
                    hosting == EndpointKind.Dedicated ? HorizontalAlignment.Right : HorizontalAlignment.Left,
                StrokeThickness = 0,
                Offset = new ScreenVector(0, -6),
            });
        }

        new SvgExporter { Width = 860, Height = 520, UseVerticalTextAlignmentWorkaround = true }.Export(plot, svg);

        DataPoint PointAt(EndpointKind hosting, double models) =>
            new(models, Math.Max(1, model.Bill(fleet with { Models = models }, hosting).Usd));
    }

    private static LogarithmicAxis Axis(AxisPosition position, string title, double least, double most) => new()
    {
        Position = position,
        Title = title,
        Minimum = least,
        Maximum = most,
        MajorGridlineStyle = LineStyle.Solid,
        MajorGridlineColor = OxyColors.LightGray,
        StringFormat = "#,0",
    };
}
