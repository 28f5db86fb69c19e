using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ServerlessMme.Benchmarks.Zipf;

/// <summary>
/// Many models, of which some are asked for much more than others, and a budget of memory: the product's cache, and
/// the least recently used of plain sessions. Each side runs in a process of its own, with the same requests.
/// </summary>
internal static class ZipfBenchmark
{
    public static int Run(ZipfOptions options)
    {
        if (options.LimitMiB == 0 && (options.IsAllWarm || options.Workers > 1))
        {
            var asked = options.IsAllWarm ? $"--kind {options.Kind}" : "--workers";
            Console.Error.WriteLine($"zipf {asked} runs under a limit. Add --limit-mib.");
            return 2;
        }

        if (options.LimitMiB > 0 && LimitedGroup.FindProblem(options) is { } problem)
        {
            Console.Error.WriteLine(problem);
            return 1;
        }

        var folder = Directory.CreateTempSubdirectory("mme-zipf-");
        // A benchmark that is interrupted leaves no gigabytes behind. .NET doesn't tell of these signals by itself.
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Delete(folder.FullName));
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => Delete(folder.FullName));
        try
        {
            options = options with { Folder = folder.FullName };
            return options.LimitMiB > 0 ? LimitedBenchmark.Run(options) : Compare(options);
        }
        finally
        {
            Delete(folder.FullName);
        }
    }

    public static async Task<int> RunChildAsync(ZipfOptions options)
    {
        Console.WriteLine(options.Part switch
        {
            "add" => JsonSerializer.Serialize(await AddAsync(options)),
            "naive" => JsonSerializer.Serialize(new NaiveLru(options).Run()),
            "all" => JsonSerializer.Serialize(await AllWarm.RunAsync(options)),
            _ => JsonSerializer.Serialize(await RequestAsync(options)),
        });
        return 0;
    }

    private static int Compare(ZipfOptions options)
    {
        ZipfModels.Create(options);
        _ = Child(options, "add");
        var warm = Child(options, "cache");
        var naive = Child(options, "naive");
        var kind = options.Kind == "distinct" ? "" : $"-{options.Kind}";
        return Report.Write($"zipf{kind}-{options.Models}", options.Save, new JsonObject
        {
            ["benchmark"] = "zipf",
            ["models"] = options.Models,
            ["requests"] = options.Requests,
            ["budget_mib"] = options.BudgetMiB,
            ["hit_ratio"] = warm!.HitRatio,
            ["naive_hit_ratio"] = naive!.HitRatio,
            ["time_ratio"] = Figures.Ratio(warm.Seconds, naive.Seconds),
            ["miss_p50_ratio"] = Figures.Ratio(warm.MissP50, naive.MissP50),
            ["private_ratio"] = Figures.Ratio(warm.Private.Max(), naive.Private.Max()),
            ["cache"] = JsonSerializer.SerializeToNode(warm),
            ["naive"] = JsonSerializer.SerializeToNode(naive),
        });
    }

    private static async Task<ZipfFigures?> AddAsync(ZipfOptions options)
    {
        await WarmCache.AddAsync(options);
        return null;
    }

    private static async Task<ZipfFigures> RequestAsync(ZipfOptions options)
    {
        using var cache = WarmCache.Create(options);
        return await cache.RunAsync();
    }

    private static void Delete(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static ZipfFigures? Child(ZipfOptions options, string part) => ChildProcess.Run<ZipfFigures?>(
        $"zipf: {part}", (options with { Part = part }).ToArguments().Prepend("zipf-child"));
}
