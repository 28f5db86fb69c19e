using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.OnnxRuntime;
using ServerlessMme.Benchmarks.Fleet;

namespace ServerlessMme.Benchmarks;

/// <summary>A benchmark's figures as the last line of its output, and as a file beside the others.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    /// <summary>Adds processor, versions and load, prints the figures as one line, and keeps them where asked.</summary>
    /// <param name="name">The file's name without extension.</param>
    /// <param name="save">True writes the file, seen from the project's root.</param>
    /// <param name="versions">Of the packages that were compared; null for ONNX Runtime alone.</param>
    public static int Write(string name, bool save, JsonObject figures, string? versions = null)
    {
        versions ??= $"ONNX Runtime {OrtEnv.Instance().GetVersionString()}";
        figures["cpu"] = $"{ProcessMemory.Processor()}, {Environment.ProcessorCount} cores";
        figures["versions"] =
            $"{versions}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}";
        figures["load_average"] = File.ReadAllText("/proc/loadavg").Split(' ')[0];
        Console.WriteLine(figures.ToJsonString());
        if (!save)
        {
            return 0;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        File.WriteAllText(PathOf(name), figures.ToJsonString(s_indented) + "\n");
        return 0;
    }

    /// <summary>Figures that were kept.</summary>
    public static JsonObject Read(string name) => JsonNode.Parse(File.ReadAllText(PathOf(name)))!.AsObject();

    private static string PathOf(string name) =>
        Path.Combine("tests", "ServerlessMme.Benchmarks", "results", $"{name}.json");
}
