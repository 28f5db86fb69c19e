using System.Text.Json.Nodes;
using ServerlessMme.Benchmarks.Node;
using ServerlessMme.Core.Models.Manifests;
using SkiaSharp;

namespace ServerlessMme.Benchmarks.Imaging;

/// <summary>
/// Images for each second of processor time, from a JPEG's bytes to a float tensor, by turns with other libraries. Who
/// decodes every pixel is compared with who does, and who decodes at a part of the size with draft decoding.
/// </summary>
internal sealed class ImagingBenchmark
{
    private static readonly (int Width, int Height)[] s_sources = [(100, 100), (640, 480), (4000, 3000)];
    private static readonly int[] s_sides = [32, 224];
    private static readonly TimeSpan s_turn = TimeSpan.FromSeconds(0.4);

    public static int Run(string[] args)
    {
        var arguments = new Arguments(args);
        NetVips.NetVips.Concurrency = 1;
        NetVips.Cache.Max = 0;
        var rows = new JsonArray();
        string? sharp = null;
        foreach (var (width, height) in s_sources)
        {
            var images = Images.Jpegs(width > 1000 ? 2 : 16, width, height);
            foreach (var side in s_sides)
            {
                var node = arguments.Node is { } packages
                    ? NodeScript.Run<SharpFigures>("imaging.mjs", packages, images, $"{side}")
                    : null;
                sharp ??= node?.Versions;
                rows.Add(Row($"{width}x{height} to {side}x{side}", images, side, arguments.Rounds(5), node));
            }
        }

        var report = new JsonObject { ["benchmark"] = "imaging", ["rows"] = rows };
        var versions = $"SkiaSharp {Figures.Version(typeof(SKCodec))}, NetVips {Figures.Version(typeof(NetVips.Image))} "
            + $"with libvips {NetVips.NetVips.Version(0)}.{NetVips.NetVips.Version(1)}.{NetVips.NetVips.Version(2)}"
            + (sharp is null ? "" : $", {sharp}");
        return Report.Write("imaging", arguments.Save, report, versions);
    }

    private static JsonObject Row(string name, byte[][] images, int side, int rounds, SharpFigures? sharp)
    {
        Dictionary<string, Action<byte[], Span<float>>> ways = new()
        {
            ["full"] = Preprocessors.Own(side, DecodeMode.Full),
            ["skia"] = Preprocessors.Skia(side),
            ["vips_resize"] = Preprocessors.VipsResize(side),
            ["draft"] = Preprocessors.Own(side, DecodeMode.Draft),
            ["vips_thumbnail"] = Preprocessors.VipsThumbnail(side),
        };
        Check(ways, images[0], side);
        var figures = ways.Keys.ToDictionary(way => way, _ => new List<double>());
        for (var round = -1; round < rounds; round++)
        {
            foreach (var (way, work) in ways)
            {
                var perSecond = PerSecond(work, images, side);
                if (round >= 0)
                {
                    figures[way].Add(perSecond);
                }
            }
        }

        var row = new JsonObject
        {
            ["row"] = name,
            ["skia_ratio"] = Ratio("full", "skia"),
            ["vips_resize_ratio"] = Ratio("full", "vips_resize"),
            ["vips_thumbnail_ratio"] = Ratio("draft", "vips_thumbnail"),
            ["sharp_ratio"] = sharp is null
                ? null
                : Figures.Rounded(Figures.Median(figures["draft"]) / sharp.PerSecond),
        };
        foreach (var (way, values) in figures)
        {
            row[$"{way}_per_second"] = Figures.Rounded(Figures.Median(values));
        }

        if (sharp is not null)
        {
            row["sharp_per_second"] = Figures.Rounded(sharp.PerSecond);
        }

        Console.Error.WriteLine(row.ToJsonString());
        return row;

        double Ratio(string one, string other) => Figures.Rounded(
            Figures.Median(figures[one].Zip(figures[other], (first, second) => first / second)));
    }

    private static double PerSecond(Action<byte[], Span<float>> work, byte[][] images, int side)
    {
        var tensor = new float[3 * side * side];
        var before = Environment.CpuUsage.TotalTime;
        for (var i = 0; ; i++)
        {
            work(images[i % images.Length], tensor);
            var spent = Environment.CpuUsage.TotalTime - before;
            if (spent > s_turn && (i + 1) % images.Length == 0)
            {
                return (i + 1) / spent.TotalSeconds;
            }
        }
    }

    /// <summary>All of them make the same picture, as far as their filters let them.</summary>
    private static void Check(Dictionary<string, Action<byte[], Span<float>>> ways, byte[] image, int side)
    {
        var (wanted, made) = (new float[3 * side * side], new float[3 * side * side]);
        ways["full"](image, wanted);
        foreach (var (way, work) in ways)
        {
            work(image, made);
            var difference = wanted.Zip(made, (one, other) => Math.Abs(one - other)).Average();
            if (difference > 0.03)
            {
                throw new InvalidOperationException($"{way} makes another picture: {difference:0.000} a value.");
            }
        }
    }

    private sealed record SharpFigures(double PerSecond, string Versions);
}
