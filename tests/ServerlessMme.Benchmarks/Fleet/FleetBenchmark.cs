using System.Text.Json;
using System.Text.Json.Nodes;

namespace ServerlessMme.Benchmarks.Fleet;

/// <summary>
/// Many models warm in one process: from the tensor store, and as one plain session each. Each side runs in a process
/// of its own, so that memory is its own.
/// </summary>
internal static class FleetBenchmark
{
    public static int Run(FleetOptions options)
    {
        var folder = Directory.CreateTempSubdirectory("mme-fleet-");
        try
        {
            options = options with { Folder = folder.FullName };
            FleetFile.Create(options);
            var fileBytes = new FileInfo(Path.Combine(folder.FullName, "model.onnx")).Length;
            var add = Child<AddFigures>(options with { Part = "add" });
            var storeBytes = folder.EnumerateFiles("*", SearchOption.AllDirectories)
                .Where(file => file.Extension is ".graph" or ".pack").Sum(file => file.Length);
            var store = Child<FleetFigures>(options with { Part = "store" });
            var naive = Child<FleetFigures>(options with { Part = "naive" });
            var runs = Child<RunFigures>(options with { Part = "runs" });
            Report.Write($"fleet-{options.Kind}-{options.Models}", options.Save, new JsonObject
            {
                ["benchmark"] = "fleet",
                ["kind"] = options.Kind,
                ["image_size"] = options.Size,
                ["private_ratio"] = Figures.Ratio(store.PrivateMiBPerModel, naive.PrivateMiBPerModel),
                ["used_much_private_ratio"] = Figures.Ratio(store.UsedMuchMiBPerModel, naive.UsedMuchMiBPerModel),
                ["load_ratio"] = Figures.Ratio(store.LoadMs, naive.LoadMs),
                ["run_ratio"] = Figures.Ratio(runs.StoreMs, runs.NaiveMs),
                ["disk_ratio"] = Figures.Ratio(storeBytes, (double)fileBytes * options.Models),
                ["residual_mib"] = Math.Round(store.ResidualMiB, 1),
                ["first_use_ms"] = Math.Round(add.FirstUseMs, 1),
                ["store"] = Rounded(store),
                ["naive"] = Rounded(naive),
                ["runs"] = Rounded(runs),
            });
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static T Child<T>(FleetOptions options) =>
        ChildProcess.Run<T>($"{options.Kind}: {options.Part}", options.ToArguments().Prepend("fleet-child"));

    private static JsonObject Rounded<T>(T figures)
    {
        var node = JsonSerializer.SerializeToNode(figures)!.AsObject();
        foreach (var (name, value) in node.ToList())
        {
            node[name] = Math.Round(value!.GetValue<double>(), 3);
        }

        return node;
    }
}
