using System.Globalization;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Rescore;
using SkiaSharp;

namespace ServerlessMme.Cli.Changes;

/// <summary>
/// Draws how answers changed, as a confusion matrix: one row per old answer, one column per new one, darker for more
/// images. If not all answers fit, it shows those with the most changes and combines the others.
/// </summary>
internal static class ConfusionPicture
{
    private const int MaxAnswers = 40;
    private const int Cell = 44;
    private const int Margin = 24;
    private const float TextSize = 13;
    private const int MaxLabel = 24;
    private const string NoAnswer = "(no label)";
    private const string Rest = "(others)";

    private static readonly SKColor Dark = new(0x0B, 0x3C, 0x6F);
    private static readonly SKColor Ink = new(0x20, 0x20, 0x20);
    private static readonly SKColor Line = new(0xD8, 0xD8, 0xD8);

    /// <summary>Returns the picture as a PNG file.</summary>
    public static byte[] Draw(AnswerChanges changes)
    {
        var names = Names(changes);
        var counts = Count(changes, names);
        using var typeface = LoadTypeface();
        using var font = new SKFont(typeface, TextSize) { Edging = SKFontEdging.Antialias };
        var gutter = (int)Math.Ceiling(names.Max(name => font.MeasureText(Short(name)))) + 12;
        var head = 64 + gutter;
        var side = names.Count * Cell;
        var info = new SKImageInfo(
            Math.Max(Margin + 20 + gutter + side + Margin, 480), Margin + head + side + Margin, SKColorType.Rgba8888);
        using var surface = SKSurface.Create(info);
        var canvas = surface.Canvas;
        canvas.Clear(SKColors.White);
        using var ink = new SKPaint { Color = Ink, IsAntialias = true };
        var title = $"{changes.Model}: {changes.Changed} of {changes.Total} answers changed";
        canvas.DrawText(title, Margin, Margin + TextSize, font, ink);
        canvas.DrawText(changes.Job, Margin, Margin + (TextSize * 2.4f), font, ink);
        canvas.Translate(Margin + 20 + gutter, Margin + head);
        DrawNames(canvas, names, font, ink, gutter);
        DrawCells(canvas, names, counts, font);
        using var image = surface.Snapshot();
        using var png = image.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    private static void DrawNames(SKCanvas canvas, List<string> names, SKFont font, SKPaint ink, int gutter)
    {
        for (var i = 0; i < names.Count; i++)
        {
            var middle = (i * Cell) + (Cell / 2f) + (TextSize / 3);
            canvas.DrawText(Short(names[i]), -8, middle, SKTextAlign.Right, font, ink);
            canvas.Save();
            canvas.RotateDegrees(-90, middle, -8);
            canvas.DrawText(Short(names[i]), middle, -8, SKTextAlign.Left, font, ink);
            canvas.Restore();
        }

        canvas.DrawText("new", 0, -gutter - 8, font, ink);
        canvas.Save();
        canvas.RotateDegrees(-90, -gutter - 8, names.Count * Cell);
        canvas.DrawText("old", -gutter - 8, names.Count * Cell, font, ink);
        canvas.Restore();
    }

    private static void DrawCells(SKCanvas canvas, List<string> names, long[,] counts, SKFont font)
    {
        var most = Math.Max(1, counts.Cast<long>().Max());
        using var line = new SKPaint { Color = Line, Style = SKPaintStyle.Stroke };
        for (var row = 0; row < names.Count; row++)
        {
            for (var column = 0; column < names.Count; column++)
            {
                var count = counts[row, column];
                // The square root keeps a few changes visible beside many unchanged answers.
                var share = Math.Sqrt((double)count / most);
                var box = SKRect.Create(column * Cell, row * Cell, Cell, Cell);
                using var fill = new SKPaint { Color = Dark.WithAlpha((byte)(share * byte.MaxValue)) };
                canvas.DrawRect(box, fill);
                canvas.DrawRect(box, line);
                if (count == 0)
                {
                    continue;
                }

                using var text = new SKPaint { Color = share > 0.5 ? SKColors.White : Ink, IsAntialias = true };
                canvas.DrawText(
                    Number(count), box.MidX, box.MidY + (TextSize / 3), SKTextAlign.Center, font, text);
            }
        }
    }

    private static List<string> Names(AnswerChanges changes)
    {
        var all = changes.Changes.SelectMany(change => new[] { From(change), change.To }).Distinct().ToList();
        if (all.Count <= MaxAnswers)
        {
            return all.Count == 0 ? [NoAnswer] : [.. all.Order(StringComparer.Ordinal)];
        }

        var moved = changes.Changes
            .SelectMany(change => new[] { (Name: From(change), change), (Name: change.To, change) })
            .GroupBy(item => item.Name)
            .OrderByDescending(group => group.Sum(item => From(item.change) == item.change.To ? 0 : item.change.Count))
            .ThenBy(group => group.Key, StringComparer.Ordinal);
        return
        [
            .. moved.Take(MaxAnswers - 1).Select(group => group.Key).Order(StringComparer.Ordinal), Rest,
        ];
    }

    private static long[,] Count(AnswerChanges changes, List<string> names)
    {
        var places = names.Select((name, place) => (name, place)).ToDictionary(item => item.name, item => item.place);
        var counts = new long[names.Count, names.Count];
        foreach (var change in changes.Changes)
        {
            counts[Place(From(change)), Place(change.To)] += change.Count;
        }

        return counts;

        int Place(string name) => places.TryGetValue(name, out var place) ? place : names.Count - 1;
    }

    private static string From(AnswerChange change) => change.From ?? NoAnswer;

    private static string Short(string name) => name.Length > MaxLabel ? name[..MaxLabel] + "…" : name;

    private static string Number(long count) => count < 100_000
        ? count.ToString(CultureInfo.InvariantCulture)
        : $"{(count / 1000).ToString(CultureInfo.InvariantCulture)}k";

    /// <summary>Loads the font that comes with the program, because containers and Functions hosts have none.</summary>
    private static SKTypeface LoadTypeface()
    {
        using var stream = typeof(ConfusionPicture).Assembly.GetManifestResourceStream("Changes/Inter-Latin.ttf")!;
        using var data = SKData.Create(stream);
        return SKTypeface.FromData(data);
    }
}
