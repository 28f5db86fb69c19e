using System.Globalization;
using ServerlessMme.Benchmarks.Fleet;

namespace ServerlessMme.Benchmarks.Zipf;

/// <summary>What the benchmark of skewed demand is asked to do.</summary>
/// <param name="Folder">Where the model file and the store are; empty in the parent.</param>
/// <param name="Part">What a child process does.</param>
internal sealed record ZipfOptions(int Models, int Requests, int BudgetMiB, string Folder, string Part, bool Save)
{
    public static ZipfOptions Parse(string[] args)
    {
        return new ZipfOptions(Number("--models", 2000), Number("--requests", 20_000), Number("--budget-mib", 512),
            Value("--folder") ?? "", Value("--part") ?? "", args.Contains("--save"));

        string? Value(string name) => args.SkipWhile(arg => arg != name).Skip(1).FirstOrDefault();

        int Number(string name, int otherwise) =>
            Value(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
    }

    public string[] ToArguments() => ["--models", $"{Models}", "--requests", $"{Requests}", "--budget-mib",
        $"{BudgetMiB}", "--folder", Folder, "--part", Part];

    /// <summary>The models are those of the fleet benchmark.</summary>
    public FleetOptions Fleet => new("distinct", Models, 0, 32, Folder, "", false);

    /// <summary>
    /// Whom the requests ask for: the model of rank r with a probability in proportion to 1/r, the same sequence for
    /// both sides.
    /// </summary>
    public int[] Demand()
    {
        var sums = new double[Models];
        var sum = 0.0;
        for (var rank = 0; rank < Models; rank++)
        {
            sums[rank] = sum += 1.0 / (rank + 1);
        }

        var random = new Random(7);
        return [.. Enumerable.Range(0, Requests).Select(_ =>
        {
            var found = Array.BinarySearch(sums, random.NextDouble() * sum);
            return Math.Min(Models - 1, found < 0 ? ~found : found);
        })];
    }
}
