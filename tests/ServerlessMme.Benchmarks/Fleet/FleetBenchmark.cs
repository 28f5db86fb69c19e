using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.OnnxRuntime;

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
            Report(options, new JsonObject
            {
                ["benchmark"] = "fleet",
                ["kind"] = options.Kind,
                ["image_size"] = options.Size,
                ["private_ratio"] = Ratio(store.PrivateMiBPerModel, naive.PrivateMiBPerModel),
                ["used_much_private_ratio"] = Ratio(store.UsedMuchMiBPerModel, naive.UsedMuchMiBPerModel),
                ["load_ratio"] = Ratio(store.LoadMs, naive.LoadMs),
                ["run_ratio"] = Ratio(runs.StoreMs, runs.NaiveMs),
                ["disk_ratio"] = Ratio(storeBytes, (double)fileBytes * options.Models),
                ["residual_mib"] = Math.Round(store.ResidualMiB, 1),
                ["first_use_ms"] = Math.Round(add.FirstUseMs, 1),
                ["store"] = Rounded(store),
                ["naive"] = Rounded(naive),
                ["runs"] = Rounded(runs),
                ["cpu"] = $"{ProcessMemory.Processor()}, {Environment.ProcessorCount} cores",
                ["versions"] = $"ONNX Runtime {OrtEnv.Instance().GetVersionString()}, "
                    + $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}",
                ["load_average"] = File.ReadAllText("/proc/loadavg").Split(' ')[0],
            });
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Report(FleetOptions options, JsonObject report)
    {
        Console.WriteLine(report.ToJsonString());
        if (!options.Save)
            return;
        var results = Directory.CreateDirectory(Path.Combine("tests", "ServerlessMme.Benchmarks", "results"));
        var text = report.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
        File.WriteAllText(Path.Combine(results.FullName, $"fleet-{options.Kind}-{options.Models}.json"), text + "\n");
    }

    private static T Child<T>(FleetOptions options)
    {
        Console.Error.WriteLine($"{options.Kind}: {options.Part}");
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        foreach (var argument in options.ToArguments().Prepend("fleet-child"))
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{options.Part} ended with {process.ExitCode}.");
        Console.Error.WriteLine(lines[^1]);
        return JsonSerializer.Deserialize<T>(lines[^1])!;
    }

    private static double Ratio(double one, double other) =>
        double.Parse((one / other).ToString("G3", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static JsonObject Rounded<T>(T figures)
    {
        var node = JsonSerializer.SerializeToNode(figures)!.AsObject();
        foreach (var (name, value) in node.ToList())
            node[name] = Math.Round(value!.GetValue<double>(), 3);
        return node;
    }
}
