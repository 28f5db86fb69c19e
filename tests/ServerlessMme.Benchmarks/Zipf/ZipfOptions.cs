using System.Globalization;
using ServerlessMme.Benchmarks.Fleet;

namespace ServerlessMme.Benchmarks.Zipf;

/// <summary>What the benchmark of skewed demand is asked to do.</summary>
/// <param name="Kind">
/// Models of the fleet benchmark: <c>distinct</c> or <c>finetunes</c>; or <c>tiny</c> and <c>smallest</c> ones, which
/// are all warm at once.
/// </param>
/// <param name="BudgetMiB">Private memory for models, unless the product's memory plan gives it.</param>
/// <param name="LimitMiB">Of the control group that each side runs in; 0 for none.</param>
/// <param name="Workers">Product processes that share the group and the store.</param>
/// <param name="Worker">The number of this one, from 0.</param>
/// <param name="Folder">Where the models and the store are; empty in the parent.</param>
/// <param name="Part">What a child process does.</param>
/// <param name="IsAlone">True without the plain side.</param>
internal sealed record ZipfOptions(string Kind, int Models, int Requests, int BudgetMiB, int LimitMiB, int Workers,
    int Worker, string Folder, string Part, bool Save, bool IsAlone = false)
{
    private const string FineTunes = "finetunes";

    public static ZipfOptions Parse(string[] args)
    {
        var kind = Value("--kind") ?? "distinct";
        var models = kind switch { "tiny" or "smallest" => 50_000, FineTunes => 200, _ => 2000 };
        return new ZipfOptions(kind, Number("--models", models), Number("--requests", 20_000),
            Number("--budget-mib", 512), Number("--limit-mib", 0), Number("--workers", 1), Number("--worker", 0),
            Value("--folder") ?? "", Value("--part") ?? "", args.Contains("--save"), args.Contains("--alone"));

        string? Value(string name) => args.SkipWhile(arg => arg != name).Skip(1).FirstOrDefault();

        int Number(string name, int otherwise) =>
            Value(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
    }

    public string[] ToArguments() => ["--kind", Kind, "--models", $"{Models}", "--requests", $"{Requests}",
        "--budget-mib", $"{BudgetMiB}", "--limit-mib", $"{LimitMiB}", "--workers", $"{Workers}", "--worker",
        $"{Worker}", "--folder", Folder, "--part", Part];

    /// <summary>True when all models are to be warm at once, without a plain side.</summary>
    public bool IsAllWarm => Kind is "tiny" or "smallest";

    /// <summary>True when each model is a file, so both sides read all that they load from disk.</summary>
    public bool HasOwnFiles => LimitMiB > 0;

    /// <summary>Width and height of an image.</summary>
    public int Size => Kind == FineTunes ? 64 : 32;

    /// <summary>The models are those of the fleet benchmark.</summary>
    public FleetOptions Fleet => new(Kind, Models, 0, Size, Folder, "", false);

    /// <summary>
    /// Whom the requests ask for: the model of rank r with a probability in proportion to 1/r, the same sequence for
    /// both sides. Each worker has a sequence of its own.
    /// </summary>
    public int[] Demand()
    {
        var sums = new double[Models];
        var sum = 0.0;
        for (var rank = 0; rank < Models; rank++)
        {
            sums[rank] = sum += 1.0 / (rank + 1);
        }

        var random = new Random(7 + Worker);
        return [.. Enumerable.Range(0, Requests).Select(_ =>
        {
            var found = Array.BinarySearch(sums, random.NextDouble() * sum);
            return Math.Min(Models - 1, found < 0 ? ~found : found);
        })];
    }
}
