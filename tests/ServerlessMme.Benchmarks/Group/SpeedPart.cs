using System.Globalization;
using System.Text.Json.Nodes;
using ServerlessMme.Benchmarks.Fleet;

namespace ServerlessMme.Benchmarks.Group;

/// <summary>
/// Milliseconds per image for all models of a group, warm: ours, from the JPEG to the written label, and one plain
/// session
/// per model, from the JPEG to the scores. Rounds alternate in one process.
/// </summary>
/// <param name="Name">The part's name.</param>
/// <param name="Figure">The name of its ratio, plain over ours, or ours over plain.</param>
/// <param name="Kind">As of <see cref="FleetOptions"/>.</param>
/// <param name="Images">Images of one round of ours.</param>
/// <param name="PlainImages">Images of one round of the plain sessions.</param>
/// <param name="Curve">True to measure smaller groups too.</param>
internal sealed record SpeedPart(
    string Name, string Figure, string Kind, int Models, int Size, int Images, int PlainImages, int Rounds,
    bool Curve = false)
{
    private static readonly int[] Numbers = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

    public static IReadOnlyList<SpeedPart> All { get; } =
    [
        new("dense", "dense_ratio", "finetunes", 200, 64, 64, 16, 5),
        new("dense-1000", "dense_1000_ratio", "finetunes", 1000, 224, 32, 4, 3, Curve: true),
        new("block", "block_ratio", "blocks", 200, 64, 64, 16, 5),
        new("distinct", "distinct_overhead", "distinct", 200, 32, 64, 64, 15),
    ];

    public async Task RunAsync(GroupOptions options, string folder)
    {
        var count = options.Models(Models);
        var models = new MadeModels(Kind, options.Size(Size), Path.Combine(folder, "models"));
        var jpegs = Benchmarks.Images.Jpegs(options.Images(Images), models.Size, models.Size);
        var plainJpegs = Benchmarks.Images.Jpegs(options.PlainImages(PlainImages), models.Size, models.Size);
        using var ours = new GroupSide(models, count, Path.Combine(folder, "store"));
        await ours.LoadAsync();
        var before = ProcessMemory.PrivateMiB();
        using var plain = new PlainFleet(models, count, plainJpegs, options.PlainMiB);
        var all = await RoundsAsync(ours, plain, count, jpegs, plainJpegs, options.Rounds(Rounds));
        var ratios = all.Select(round => Ratio(round.Ours, round.Plain)).ToList();
        var figures = new JsonObject
        {
            ["benchmark"] = "group",
            ["part"] = Name,
            [Figure] = Figures.Rounded(Figures.Median(ratios)),
            // Other programs on the machine change it less.
            [$"{Figure}_processor_time"] = Figures.Rounded(
                Figures.Median(all.Select(round => Ratio(round.OursProcessor, round.PlainProcessor)))),
            ["models"] = count,
            ["image_size"] = models.Size,
            ["ours_ms_per_image"] = Figures.Rounded(Figures.Median(all.Select(round => round.Ours))),
            ["plain_ms_per_image"] = Figures.Rounded(Figures.Median(all.Select(round => round.Plain))),
            ["ratios"] = new JsonArray([.. ratios.Select(each => (JsonNode)Figures.Rounded(each))]),
            ["plain_sessions"] = plain.Sessions,
            ["plain_is_scaled"] = plain.Sessions < count,
            ["plain_arrangement"] = plain.Best.ToString(),
            ["plain_private_mib_per_session"] = Figures.Rounded((plain.PrivateMiB - before) / plain.Sessions),
            ["ours_private_mib"] = Figures.Rounded(before),
            ["images"] = jpegs.Length,
            ["plain_images"] = plainJpegs.Length,
            ["rounds"] = all.Count,
        };
        if (Curve)
        {
            figures["curve"] = await MeasureCurveAsync(ours, plain, count, jpegs, plainJpegs);
            if (options.Save)
            {
                GroupPicture.Write(figures, GroupBenchmark.PicturePath);
            }
        }

        Report.Write($"group-{Name}", options.Save, figures);
    }

    private double Ratio(double ours, double plain) =>
        Figure.EndsWith("overhead", StringComparison.Ordinal) ? ours / plain : plain / ours;

    private static async Task<List<Round>> RoundsAsync(
        GroupSide ours, PlainFleet plain, int models, byte[][] jpegs, byte[][] plainJpegs, int rounds)
    {
        var all = new List<Round>();
        // Code is compiled meanwhile, and ours finds its trunks; those rounds don't count.
        for (var round = -3; round < rounds; round++)
        {
            var began = Environment.CpuUsage.TotalTime;
            var own = await ours.MillisecondsAsync(models, jpegs);
            var between = Environment.CpuUsage.TotalTime;
            var other = round < -1 ? 0 : plain.Milliseconds(plainJpegs, models);
            var processor = (Environment.CpuUsage.TotalTime - between).TotalMilliseconds / plainJpegs.Length;
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{models} models, ms per image: ours {own:0.000}, plain {other:0.000}"));
            if (round >= 0)
            {
                all.Add(new Round(
                    own,
                    other,
                    (between - began).TotalMilliseconds / jpegs.Length,
                    processor * models / Math.Min(models, plain.Sessions)));
            }
        }

        return all;
    }

    private static async Task<JsonArray> MeasureCurveAsync(
        GroupSide ours, PlainFleet plain, int count, byte[][] jpegs, byte[][] plainJpegs)
    {
        var curve = new JsonArray();
        foreach (var models in Numbers.Where(number => number <= count))
        {
            var all = await RoundsAsync(ours, plain, models, jpegs, plainJpegs, rounds: 3);
            curve.Add(new JsonObject
            {
                ["models"] = models,
                ["ours_ms"] = Figures.Rounded(Figures.Median(all.Select(round => round.Ours))),
                ["plain_ms"] = Figures.Rounded(Figures.Median(all.Select(round => round.Plain))),
                ["plain_is_scaled"] = models > plain.Sessions,
            });
        }

        return curve;
    }

    /// <summary>Milliseconds per image, and of processor time per image.</summary>
    private sealed record Round(double Ours, double Plain, double OursProcessor, double PlainProcessor);
}
