using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.OnnxRuntime;
using ServerlessMme.Benchmarks.Fleet;

namespace ServerlessMme.Benchmarks;

/// <summary>A benchmark's figures as the last line of its output, and as a file beside the others.</summary>
internal static class Report
{
    /// <param name="name">The file's name without extension.</param>
    /// <param name="save">True writes the file, seen from the project's root.</param>
    public static void Write(string name, bool save, JsonObject figures)
    {
        figures["cpu"] = $"{ProcessMemory.Processor()}, {Environment.ProcessorCount} cores";
        figures["versions"] = $"ONNX Runtime {OrtEnv.Instance().GetVersionString()}, "
            + $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}";
        figures["load_average"] = File.ReadAllText("/proc/loadavg").Split(' ')[0];
        Console.WriteLine(figures.ToJsonString());
        if (!save)
            return;
        var results = Directory.CreateDirectory(Path.Combine("tests", "ServerlessMme.Benchmarks", "results"));
        var text = figures.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
        File.WriteAllText(Path.Combine(results.FullName, $"{name}.json"), text + "\n");
    }

    /// <summary>To three digits.</summary>
    public static double Ratio(double one, double other) =>
        double.Parse((one / other).ToString("G3", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
