using System.Globalization;
using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace ServerlessMme.Benchmarks.Group;

/// <summary>
/// The picture of docs/groups.md: milliseconds per image over the number of models, on two logarithmic axes. Readable
/// on a
/// light and on a dark page.
/// </summary>
internal static class GroupPicture
{
    private const double Width = 860;
    private const double Height = 520;
    private const double Left = 96;
    private const double Right = 24;
    private const double Top = 72;
    private const double Bottom = 64;

    // Each line has its own style, so the lines can be told apart without color too.
    private const string Style = """
        text { font-family: system-ui, sans-serif; font-size: 14px; fill: #24292f; }
        .title { font-size: 18px; font-weight: 600; }
        .grid { stroke: #d0d7de; stroke-width: 1; }
        .ours, .plain { fill: none; stroke-width: 2.5; }
        .ours { stroke: #0969da; } .plain { stroke: #cf222e; }
        .scaled { stroke-dasharray: 7 5; }
        text.ours { fill: #0969da; stroke: none; } text.plain { fill: #cf222e; stroke: none; }
        circle.ours { fill: #0969da; } circle.plain { fill: #cf222e; }
        @media (prefers-color-scheme: dark) {
          text { fill: #e6edf3; } .grid { stroke: #3d444d; }
          .ours { stroke: #58a6ff; } .plain { stroke: #ff7b72; }
          text.ours { fill: #58a6ff; } text.plain { fill: #ff7b72; }
          circle.ours { fill: #58a6ff; } circle.plain { fill: #ff7b72; }
        }
        """;

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    /// <param name="figures">Of a part that measured smaller groups too.</param>
    public static void Write(JsonObject figures, string path)
    {
        var points = figures["curve"]!.AsArray().Select(point => new Point(
            point!["models"]!.GetValue<int>(), point["ours_ms"]!.GetValue<double>(),
            point["plain_ms"]!.GetValue<double>(), point["plain_is_scaled"]!.GetValue<bool>())).ToList();
        var scale = new Scale(
            Decade(points[^1].Models, up: true),
            Decade(points.Min(point => Math.Min(point.Ours, point.Plain)), up: false),
            Decade(points.Max(point => Math.Max(point.Ours, point.Plain)), up: true));
        var size = figures["image_size"]!.GetValue<int>();
        var picture = new XElement(Svg + "svg",
            new XAttribute("viewBox", $"0 0 {Width} {Height}"), new XAttribute("width", Width),
            new XAttribute("height", Height), new XAttribute("role", "img"),
            new XElement(Svg + "title", "Milliseconds per image over the number of models"),
            new XElement(Svg + "style", Style),
            Text(Width / 2, 28, "title", "middle", "Milliseconds per image over the number of models"),
            Text(Width / 2, 50, null, "middle", string.Create(CultureInfo.InvariantCulture,
                $"fine-tunes of VGG16 at {size} × {size}, {Environment.ProcessorCount} cores")),
            Axes(scale),
            Line(scale, points, "ours", point => point.Ours),
            Line(scale, [.. points.Where(point => !point.IsScaled)], "plain", point => point.Plain),
            Line(scale, [.. points.SkipWhile((_, i) => i + 1 < points.Count && !points[i + 1].IsScaled)],
                "plain scaled", point => point.Plain),
            points.Select(point => Dot(scale, point.Models, point.Ours, "ours")),
            points.Where(point => !point.IsScaled).Select(point => Dot(scale, point.Models, point.Plain, "plain")),
            Titles(scale, points, figures["plain_sessions"]!.GetValue<int>()));
        File.WriteAllText(path, picture + "\n");
    }

    private static IEnumerable<XElement> Titles(Scale scale, List<Point> points, int sessions)
    {
        var (middle, end) = (points[points.Count / 2], points[^1]);
        yield return Text(
            scale.X(end.Models) - 8, scale.Y(end.Ours) - 16, "ours", "end", "a group, the trunk computed once");
        yield return Text(
            scale.X(middle.Models) - 12, scale.Y(middle.Plain) - 8, "plain", "end", "one session per model");
        if (end.IsScaled)
        {
            yield return Text(scale.X(end.Models) - 40, scale.Y(end.Plain) + 6, "plain", "end", string.Create(
                CultureInfo.InvariantCulture, $"dashed: scaled, because memory held {sessions} sessions"));
        }
    }

    private static IEnumerable<XElement> Axes(Scale scale)
    {
        for (var models = 1.0; models <= scale.Models; models *= 10)
        {
            yield return Grid(scale.X(models), Top, scale.X(models), Height - Bottom);
            yield return Text(scale.X(models), Height - Bottom + 22, null, "middle", Number(models));
        }

        for (var milliseconds = scale.From; milliseconds <= scale.To * 1.01; milliseconds *= 10)
        {
            yield return Grid(Left, scale.Y(milliseconds), Width - Right, scale.Y(milliseconds));
            yield return Text(Left - 10, scale.Y(milliseconds) + 5, null, "end", Number(milliseconds));
        }

        yield return Text((Left + Width - Right) / 2, Height - 16, null, "middle", "models");
        var side = Text(-(Top + Height - Bottom) / 2, 24, null, "middle", "milliseconds per image");
        side.Add(new XAttribute("transform", "rotate(-90)"));
        yield return side;
    }

    private static XElement Line(Scale scale, IReadOnlyList<Point> points, string style, Func<Point, double> value) =>
        new(Svg + "polyline", new XAttribute("class", style), new XAttribute("points", string.Join(' ', points.Select(
            point => $"{Place(scale.X(point.Models))},{Place(scale.Y(value(point)))}"))));

    private static XElement Dot(Scale scale, double models, double milliseconds, string style) => new(
        Svg + "circle", new XAttribute("class", style), new XAttribute("cx", Place(scale.X(models))),
        new XAttribute("cy", Place(scale.Y(milliseconds))), new XAttribute("r", 3.5));

    private static XElement Grid(double x1, double y1, double x2, double y2) => new(
        Svg + "line", new XAttribute("class", "grid"), new XAttribute("x1", Place(x1)), new XAttribute("y1", Place(y1)),
        new XAttribute("x2", Place(x2)), new XAttribute("y2", Place(y2)));

    private static XElement Text(double x, double y, string? style, string anchor, string text) => new(
        Svg + "text", new XAttribute("x", Place(x)), new XAttribute("y", Place(y)),
        style is null ? null : new XAttribute("class", style), new XAttribute("text-anchor", anchor), text);

    private static string Place(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("#,0.###", CultureInfo.InvariantCulture);

    private static double Decade(double value, bool up) =>
        Math.Pow(10, up ? Math.Ceiling(Math.Log10(value) - 0.001) : Math.Floor(Math.Log10(value)));

    private sealed record Point(int Models, double Ours, double Plain, bool IsScaled);

    /// <summary>Places on the picture; both axes are logarithmic.</summary>
    private sealed record Scale(double Models, double From, double To)
    {
        public double X(double models) => Left + (Math.Log10(models) / Math.Log10(Models) * (Width - Left - Right));

        public double Y(double milliseconds) => Height - Bottom
            - (Math.Log10(milliseconds / From) / Math.Log10(To / From) * (Height - Top - Bottom));
    }
}
