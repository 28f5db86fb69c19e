using System.Globalization;

namespace ServerlessMme.Cli.Reports;

/// <summary>
/// The frame of a chart as inline SVG: axes with ticks, and the positions of values. Colors are in report.css.
/// </summary>
/// <param name="title">Alternative text for screen readers.</param>
/// <param name="x">The horizontal axis.</param>
/// <param name="y">The vertical axis.</param>
internal sealed class Plot(string title, PlotAxis x, PlotAxis y)
{
    private const double Left = 52;
    private const double Top = 12;
    private const double Right = 16;
    private const double Below = 48;

    public const double Width = 440;
    public const double Height = 300;

    /// <summary>Returns the horizontal position of a value. Values outside the axis are at its end.</summary>
    public double X(double value) => Left + (x.Share(value) * (Width - Left - Right));

    /// <summary>Returns the vertical position of a value. Values outside the axis are at its end.</summary>
    public double Y(double value) => Height - Below - (y.Share(value) * (Height - Top - Below));

    /// <summary>Returns the values as the data of an SVG path.</summary>
    public Html Path(IEnumerable<(double X, double Y)> points) => Html.All(points.Select((point, i) =>
        (Html)$"{(i == 0 ? "M" : "L")}{X(point.X):0.#} {Y(point.Y):0.#} "));

    public Html Write(Html content) => $"""
        <svg viewBox="0 0 {Width} {Height}" role="img" aria-label="{title}">
        {Html.All(y.Ticks.Select(Across))}{Html.All(x.Ticks.Select(Along))}
        <path class="axis" d="{Path([(x.From, y.From), (x.To, y.From)])}"/>
        {content}
        <g class="names">
        <text x="{(Left + Width - Right) / 2}" y="{Height - 6}" text-anchor="middle">{x.Name}</text>
        <text x="{-(Top + Height - Below) / 2}" y="14" transform="rotate(-90)" text-anchor="middle">{y.Name}</text>
        </g></svg>

        """;

    private Html Across(double tick) => $"""
        <path class="grid" d="{Path([(x.From, tick), (x.To, tick)])}"/>
        <text x="{Left - 8}" y="{Y(tick) + 4}" text-anchor="end">{Tick(tick, y)}</text>

        """;

    private Html Along(double tick) => $"""
        <text x="{X(tick)}" y="{Height - Below + 18}" text-anchor="middle">{Tick(tick, x)}</text>

        """;

    private static string Tick(double tick, PlotAxis axis) => tick.ToString(axis.Format, CultureInfo.InvariantCulture);
}

/// <summary>One axis.</summary>
/// <param name="Format">Format of the numbers at the ticks.</param>
internal sealed record PlotAxis(string Name, double From, double To, IReadOnlyList<double> Ticks, string Format)
{
    /// <summary>Returns the position of a value between the ends, 0 to 1.</summary>
    public double Share(double value) => Math.Clamp((value - From) / (To - From), 0, 1);
}
