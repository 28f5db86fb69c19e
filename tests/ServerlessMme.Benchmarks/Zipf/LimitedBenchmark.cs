using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ServerlessMme.Benchmarks.Zipf;

/// <summary>
/// The comparison under a hard limit: each side in a memory control group, with every model on disk. The product takes
/// its budget from its memory plan, plain sessions take the best of three budgets that survive. Several workers, and
/// tiny models that are all warm at once, run without the plain side.
/// </summary>
internal static class LimitedBenchmark
{
    public static int Run(ZipfOptions options)
    {
        var models = ZipfModels.Create(options);
        var started = Stopwatch.GetTimestamp();
        _ = ChildProcess.Run<ZipfFigures?>(
            "zipf: add", (options with { Part = "add" }).ToArguments().Prepend("zipf-child"));
        var adding = Stopwatch.GetElapsedTime(started);
        var figures = new JsonObject
        {
            ["benchmark"] = "zipf",
            ["kind"] = options.Kind,
            ["models"] = options.Models,
            ["model_kib"] = models.Bytes >> 10,
            ["requests"] = options.Requests,
            ["limit_mib"] = options.LimitMiB,
            ["add_ms_per_model"] = Figures.Rounded(adding.TotalMilliseconds / options.Models),
        };
        var name = $"zipf-limited-{options.Kind}-{options.Models}";
        return options.IsAllWarm ? Warm(name, options, figures)
            : options.IsAlone || options.Workers > 1 ? Share(name, options, figures)
            : Compare(name, options, figures);
    }

    private static int Compare(string name, ZipfOptions options, JsonObject report)
    {
        var cache = LimitedGroup.Run<ZipfFigures>("zipf: cache", options with { Part = "cache" });
        if (IsKilled(cache))
        {
            return 1;
        }

        var naive = NaiveBudgets.Run(options, cache.Elapsed);
        if (naive.Best is not { } best)
        {
            Console.Error.WriteLine(
                $"No budget of plain sessions survived {options.LimitMiB} MiB, so there is nothing to compare with.");
            return 1;
        }

        var (warm, plain) = (cache.Figures[0], best.Group.Figures[0]);
        report["limited_time_ratio"] = Figures.Ratio(warm.Seconds, plain.Seconds);
        report["limited_p99_ratio"] = Figures.Ratio(warm.P99, plain.P99);
        report["limited_hit_p99_ms"] = warm.HitP99;
        report["naive_hit_p99_ms"] = plain.HitP99;
        report["hit_ratio"] = warm.HitRatio;
        report["naive_hit_ratio"] = plain.HitRatio;
        report["oom_kills"] = cache.OomKills;
        report["peak_mib"] = Figures.Rounded(cache.PeakMiB);
        report["naive_peak_mib"] = Figures.Rounded(best.Group.PeakMiB);
        report["naive_budget_mib"] = best.MiB;
        report["naive_killed"] = naive.Tried.Count(budget => budget.IsKilled && !budget.IsTooSlow);
        report["naive_too_slow"] = naive.Tried.Count(budget => budget.IsTooSlow);
        report["naive_budgets"] = new JsonArray([.. naive.Tried.Select(budget => budget.ToJson())]);
        report["cache"] = JsonSerializer.SerializeToNode(warm);
        report["naive"] = JsonSerializer.SerializeToNode(plain);
        return Report.Write(name, options.Save, report);
    }

    private static int Share(string name, ZipfOptions options, JsonObject report)
    {
        var group = LimitedGroup.Run<ZipfFigures>(
            $"zipf: one of {options.Workers} workers", options with { Part = "cache" }, options.Workers);
        if (IsKilled(group))
        {
            return 1;
        }

        report["workers"] = options.Workers;
        report["oom_kills"] = group.OomKills;
        report["peak_mib"] = Figures.Rounded(group.PeakMiB);
        report["seconds"] = new JsonArray([.. group.Figures.Select(worker => JsonValue.Create(worker.Seconds))]);
        report["limited_hit_p99_ms"] = group.Figures.Max(worker => worker.HitP99);
        report["caches"] = JsonSerializer.SerializeToNode(group.Figures);
        return Report.Write($"{name}-workers-{options.Workers}-limit-{options.LimitMiB}", options.Save, report);
    }

    private static int Warm(string name, ZipfOptions options, JsonObject report)
    {
        var group = LimitedGroup.Run<AllWarmFigures>("zipf: all warm", options with { Part = "all" });
        if (IsKilled(group))
        {
            return 1;
        }

        var all = group.Figures[0];
        report["oom_kills"] = group.OomKills;
        report["peak_mib"] = Figures.Rounded(group.PeakMiB);
        report["all"] = JsonSerializer.SerializeToNode(all);
        Report.Write(name, options.Save, report);
        if (all.Errors == 0 && all.Warm == options.Models)
        {
            return 0;
        }

        Console.Error.WriteLine($"{all.Warm} of {options.Models} models were warm at once, with {all.Errors} errors. "
            + $"The first error: {all.FirstError ?? "none"}");
        return 1;
    }

    private static bool IsKilled<T>(LimitedGroup<T> group)
    {
        if (group is { OomKills: 0, Killed: 0 })
        {
            return false;
        }

        Console.Error.WriteLine($"{Math.Max(group.OomKills, group.Killed)} of the product's processes were killed. The "
            + "limit must kill none.");
        return true;
    }
}
