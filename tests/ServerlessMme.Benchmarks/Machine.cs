using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using ServerlessMme.Benchmarks.Fleet;

namespace ServerlessMme.Benchmarks;

/// <summary>Where a benchmark ran, and where its figures go.</summary>
internal static class Machine
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    /// <summary>Adds processor, versions and load, prints the figures as one line, and keeps them where asked.</summary>
    /// <param name="versions">Of the packages that were compared.</param>
    public static int Report(JsonObject report, string versions, string? saveAs)
    {
        report["cpu"] = $"{ProcessMemory.Processor()}, {Environment.ProcessorCount} cores";
        report["versions"] =
            $"{versions}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}";
        report["load_average"] = File.ReadAllText("/proc/loadavg").Split(' ')[0];
        Console.WriteLine(report.ToJsonString());
        if (saveAs is null)
            return 0;
        var results = Directory.CreateDirectory(Path.Combine("tests", "ServerlessMme.Benchmarks", "results"));
        File.WriteAllText(
            Path.Combine(results.FullName, saveAs + ".json"), report.ToJsonString(s_indented) + "\n");
        return 0;
    }

    /// <summary>A version without the commit it was built from.</summary>
    public static string Version(Type type) => type.Assembly.GetName().Version!.ToString(3);

    /// <summary>Three digits are more than a machine repeats.</summary>
    public static double Rounded(double value) => value == 0 || !double.IsFinite(value)
        ? 0
        : Math.Round(value, Math.Clamp(2 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 15));

    /// <summary>The middle one.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
