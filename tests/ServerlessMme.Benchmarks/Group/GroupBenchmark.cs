using System.Globalization;
using System.Text.Json.Nodes;

namespace ServerlessMme.Benchmarks.Group;

/// <summary>
/// One image and many models: a group that computes the common trunk once, and one plain session per model. Each part
/// runs
/// in a process of its own.
/// </summary>
internal static class GroupBenchmark
{
    private const string Difference = "difference";
    private const string Replace = "replace";

    private static readonly (string Part, string Figure, bool IsAtLeast, double Bound)[] Goals =
    [
        ("dense", "dense_ratio", true, 60),
        ("dense-1000", "dense_1000_ratio", true, 400),
        ("block", "block_ratio", true, 6),
        ("distinct", "distinct_overhead", false, 1.05),
        (Difference, "max_difference", false, 1e-5),
        (Difference, "label_differences", false, 0),
        (Replace, "replace_ratio", false, 1.3),
        (Replace, "changed_bytes", false, 0),
    ];

    /// <summary>Where the picture goes, seen from the project's root.</summary>
    public static string PicturePath { get; } = Path.Combine("docs", "groups.svg");

    /// <summary>Runs all parts, or one, or draws the picture of the saved figures again.</summary>
    /// <returns>1 when a goal is missed.</returns>
    public static int Run(string[] args)
    {
        if (args is ["picture"])
        {
            GroupPicture.Write(Report.Read("group-dense-1000"), PicturePath);
            return 0;
        }

        var parts = Goals.Select(goal => goal.Part).Distinct().Where(part => args is not [var only, ..]
            || only.StartsWith("--", StringComparison.Ordinal) || only == part).ToList();
        if (parts.Count == 0)
        {
            var known = string.Join(", ", Goals.Select(goal => goal.Part).Distinct());
            Console.Error.WriteLine($"'{args[0]}' is no part: {known}.");
            return 2;
        }

        var options = args.SkipWhile(arg => !arg.StartsWith("--", StringComparison.Ordinal)).ToArray();
        var missed = 0;
        foreach (var part in parts)
        {
            var figures = ChildProcess.Run<JsonObject>($"group: {part}", ["group-child", part, .. options]);
            foreach (var (_, figure, isAtLeast, bound) in Goals.Where(goal => goal.Part == part))
            {
                var value = figures[figure]!.GetValue<double>();
                var isMet = isAtLeast ? value >= bound : value <= bound;
                missed += isMet ? 0 : 1;
                var goal = isAtLeast ? "at least" : "at most";
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{figure,-18} {value,10:G4}  goal: {goal} {bound:G4}  {(isMet ? "met" : "MISSED")}"));
            }
        }

        return missed == 0 ? 0 : 1;
    }

    public static async Task<int> RunChildAsync(string part, string[] args)
    {
        var options = new GroupOptions(new Arguments(args));
        var folder = Directory.CreateTempSubdirectory("mme-group-");
        try
        {
            await (part switch
            {
                Difference => DifferencePart.RunAsync(options, folder.FullName),
                Replace => ReplacePart.RunAsync(options, folder.FullName),
                _ => SpeedPart.All.Single(each => each.Name == part).RunAsync(options, folder.FullName),
            });
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
