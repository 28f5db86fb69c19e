using System.Text.Json.Nodes;

namespace ServerlessMme.Benchmarks.Zipf;

/// <summary>
/// Finds what plain sessions do best under a limit: nobody knows beforehand which budget survives it, so budgets are
/// tried from high to low until three did and the last isn't the best. A process just below the kill can thrash for hours, so one that takes ten
/// times as long as the product is ended, and counts as one that didn't survive.
/// </summary>
internal static class NaiveBudgets
{
    private const int Survivors = 3;
    private const int TimesProduct = 10;
    private static readonly TimeSpan s_leastPatience = TimeSpan.FromMinutes(10);
    private static readonly int[] s_percentages = [85, 75, 65, 55, 45, 35, 25, 15];

    /// <summary>One budget's run.</summary>
    public sealed record Budget(int MiB, LimitedGroup<ZipfFigures> Group)
    {
        public bool IsKilled => Group.Killed > 0;

        /// <summary>True when the benchmark ended it, and not the system.</summary>
        public bool IsTooSlow => IsKilled && Group.OomKills == 0;

        public JsonObject ToJson() => new()
        {
            ["budget_mib"] = MiB,
            ["survived"] = !IsKilled,
            ["ended_as_too_slow"] = IsTooSlow,
            ["seconds"] = Group.Figures.SingleOrDefault()?.Seconds,
            ["p99_ms"] = Group.Figures.SingleOrDefault()?.P99,
            ["hit_ratio"] = Group.Figures.SingleOrDefault()?.HitRatio,
            // Counts the start and the thrashing before a kill too.
            ["process_seconds"] = Figures.Rounded(Group.Elapsed.TotalSeconds),
            ["peak_mib"] = Figures.Rounded(Group.PeakMiB),
        };
    }

    /// <summary>All that were tried, and the one with the least total time; null if none survived.</summary>
    /// <param name="product">What the product's process took.</param>
    public static (IReadOnlyList<Budget> Tried, Budget? Best) Run(ZipfOptions options, TimeSpan product)
    {
        var patience = product * TimesProduct > s_leastPatience ? product * TimesProduct : s_leastPatience;
        var tried = new List<Budget>();
        Budget? best = null;
        foreach (var percent in s_percentages)
        {
            var budget = options.LimitMiB * percent / 100;
            tried.Add(new Budget(budget, LimitedGroup.Run<ZipfFigures>(
                $"zipf: naive with {budget} MiB", options with { Part = "naive", BudgetMiB = budget },
                patience: patience)));
            var survivors = tried.FindAll(each => !each.IsKilled);
            best = survivors.MinBy(each => each.Group.Figures[0].Seconds);
            if (survivors.Count >= Survivors && best != survivors[^1])
            {
                break;
            }
        }

        return (tried, best);
    }
}
