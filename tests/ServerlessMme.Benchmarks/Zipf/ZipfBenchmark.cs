using System.Text.Json;
using System.Text.Json.Nodes;
using ServerlessMme.Benchmarks.Fleet;

namespace ServerlessMme.Benchmarks.Zipf;

/// <summary>
/// Many models, of which some are asked for much more than others, and a budget of memory: the product's cache, and
/// the least recently used of plain sessions. Each side runs in a process of its own, with the same requests.
/// </summary>
internal static class ZipfBenchmark
{
    public static int Run(ZipfOptions options)
    {
        var folder = Directory.CreateTempSubdirectory("mme-zipf-");
        try
        {
            options = options with { Folder = folder.FullName };
            FleetFile.Create(options.Fleet);
            _ = Child(options, "add");
            var warm = Child(options, "cache");
            var naive = Child(options, "naive");
            Report.Write($"zipf-{options.Models}", options.Save, new JsonObject
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
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    public static async Task<int> RunChildAsync(ZipfOptions options)
    {
        ZipfFigures? figures = null;
        if (options.Part == "naive")
        {
            figures = new NaiveLru(options).Run();
        }
        else
        {
            using var cache = new WarmCache(options);
            if (options.Part == "add")
            {
                await cache.AddAsync();
            }
            else
            {
                figures = await cache.RunAsync();
            }
        }

        Console.WriteLine(JsonSerializer.Serialize(figures));
        return 0;
    }

    private static ZipfFigures? Child(ZipfOptions options, string part) => ChildProcess.Run<ZipfFigures?>(
        $"zipf: {part}", (options with { Part = part }).ToArguments().Prepend("zipf-child"));
}
