using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ServerlessMme.Benchmarks.Pipeline;

/// <summary>The same work by sharp and onnxruntime-node.</summary>
internal sealed record NodeSide(
    [property: JsonPropertyName("per_second")] double PerSecond,
    [property: JsonPropertyName("versions")] string Versions)
{
    /// <param name="packages">A folder where npm installed sharp and onnxruntime-node; null for none.</param>
    /// <returns>Null where there is none.</returns>
    public static NodeSide? Run(string? packages, byte[][] images, string model)
    {
        if (packages is null)
            return null;
        var folder = Directory.CreateTempSubdirectory("mme-node-");
        try
        {
            for (var i = 0; i < images.Length; i++)
                File.WriteAllBytes(Path.Combine(folder.FullName, i.ToString("D4", CultureInfo.InvariantCulture)), images[i]);
            var script = Path.Combine("tests", "ServerlessMme.Benchmarks", "Node", "pipeline.mjs");
            using var process = Process.Start(new ProcessStartInfo(
                "node", [script, Path.GetFullPath(packages), folder.FullName, model])
            {
                RedirectStandardOutput = true,
            })!;
            var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            process.WaitForExit();
            return process.ExitCode == 0
                ? JsonSerializer.Deserialize<NodeSide>(lines[^1])
                : throw new InvalidOperationException($"node ended with {process.ExitCode}.");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
