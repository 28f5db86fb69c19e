using System.Diagnostics;
using System.Text.Json.Nodes;
using ServerlessMme.Benchmarks.Fleet;

namespace ServerlessMme.Benchmarks.Cold;

/// <summary>
/// How long the first label takes: of a process that starts, and of a model that is on disk while the process runs.
/// Beside it what a plain session takes for the same.
/// </summary>
internal static class ColdBenchmark
{
    private const int Starts = 9;

    /// <param name="root">The working tree.</param>
    /// <param name="mme">
    /// Path of mme.dll or mme, as <c>dotnet publish -r linux-x64</c> makes it, without or with
    /// <c>--self-contained</c>.
    /// </param>
    public static int Run(string root, string mme, bool save)
    {
        var folder = Directory.CreateTempSubdirectory("mme-cold-");
        try
        {
            var figures = new JsonObject
            {
                ["benchmark"] = "cold",
                ["process"] = Processes(root, mme, folder.FullName),
            };
            var loads = new JsonObject();
            foreach (var name in new[] { "cifar10", "sign-language-digits" })
            {
                loads[name] = Loads(folder.FullName, Path.Combine(root, "models", name));
            }

            var vgg16 = new FleetOptions(
                "finetunes", 1, 1, 224, folder.CreateSubdirectory("vgg16").FullName, "", false);
            FleetFile.Create(vgg16);
            File.WriteAllText(Path.Combine(vgg16.Folder, "model.json"), """
                {"labels":["a","b","c","d","e","f","g","h","i","j"],"input":{"width":224,"height":224}}
                """);
            loads["vgg16-224"] = Loads(folder.FullName, vgg16.Folder);
            figures["load_and_run"] = loads;
            Report.Write("cold", save, figures);
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Median times from a process's start to the first line that it prints, by turns.</summary>
    private static JsonObject Processes(string root, string mme, string folder)
    {
        var image = Path.Combine(root, "sample-images", "cifar10", "airplane-1.jpg");
        var model = Path.Combine(root, "models", "cifar10");
        var benchmarks = typeof(ColdBenchmark).Assembly.Location;
        var first = new List<double>();
        var later = new List<double>();
        var plain = new List<double>();
        var bare = new List<double>();
        for (var i = 0; i < Starts; i++)
        {
            var artifacts = Path.Combine(folder, $"artifacts-{i}");
            string[] classify = [mme, "classify", image, "--model", model, "--format", "jsonl"];
            first.Add(FirstLine(artifacts, classify));
            later.Add(FirstLine(artifacts, classify));
            plain.Add(FirstLine(artifacts, [benchmarks, "cold-plain", Path.Combine(model, "model.onnx")]));
            bare.Add(FirstLine(artifacts, [benchmarks, "cold-bare", Path.Combine(model, "model.onnx"), image]));
        }

        return new JsonObject
        {
            ["first_use_ms"] = Median(first),
            ["later_ms"] = Median(later),
            ["plain_ms"] = Median(plain),
            ["bare_ms"] = Median(bare),
            ["process_ratio"] = Figures.Ratio(Figures.Median(later), Figures.Median(plain)),
            ["bare_ratio"] = Figures.Ratio(Figures.Median(later), Figures.Median(bare)),
        };
    }

    private static double FirstLine(string artifacts, string[] arguments)
    {
        var isProgram = Path.GetExtension(arguments[0]).Length == 0;
        var start = isProgram
            ? new ProcessStartInfo(arguments[0], arguments[1..])
            : new ProcessStartInfo("dotnet", arguments);
        start.RedirectStandardOutput = true;
        start.Environment["Mme__Artifacts__Folder"] = artifacts;
        var started = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        var line = process.StandardOutput.ReadLine();
        var took = ProcessMemory.Milliseconds(started);
        process.StandardOutput.ReadToEnd();
#pragma warning disable RS0030 // The benchmark has nothing else to do meanwhile.
        process.WaitForExit();
#pragma warning restore RS0030
        return line is not null && process.ExitCode == 0
            ? took : throw new InvalidOperationException($"{arguments[1]} ended with {process.ExitCode}.");
    }

    private static JsonObject Loads(string folder, string model)
    {
        var (first, store, plain) = ChildProcess.Run<ColdLoads>(
            $"cold: {Path.GetFileName(model)}", ["cold-child", Path.Combine(folder, "store"), model]);
        return new JsonObject
        {
            ["first_use_ms"] = first,
            ["store_ms"] = store,
            ["plain_ms"] = plain,
            ["ratio"] = Figures.Ratio(store, plain),
        };
    }

    private static double Median(List<double> values) => Math.Round(Figures.Median(values), 1);
}
