using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace ServerlessMme.Benchmarks.Node;

/// <summary>Runs the other side of a comparison in Node.js.</summary>
internal static class NodeScript
{
    /// <summary>What the script printed as its last line.</summary>
    /// <param name="packages">Where <c>npm install --ignore-scripts sharp onnxruntime-node</c> was run.</param>
    /// <param name="images">Handed over as files, which the script reads before it measures.</param>
    public static T Run<T>(string script, string packages, byte[][] images, params string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("mme-node-");
        try
        {
            for (var i = 0; i < images.Length; i++)
            {
                var name = i.ToString("D4", CultureInfo.InvariantCulture);
                File.WriteAllBytes(Path.Combine(folder.FullName, name), images[i]);
            }

            var path = Path.Combine("tests", "ServerlessMme.Benchmarks", "Node", script);
            using var process = Process.Start(new ProcessStartInfo(
                "node", [path, Path.GetFullPath(packages), folder.FullName, .. arguments])
            {
                RedirectStandardOutput = true,
            })!;
            var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
#pragma warning disable RS0030 // The benchmark has nothing else to do meanwhile.
            process.WaitForExit();
#pragma warning restore RS0030
            return process.ExitCode == 0
                ? JsonSerializer.Deserialize<T>(lines[^1], JsonSerializerOptions.Web)!
                : throw new InvalidOperationException($"{script} ended with {process.ExitCode}.");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
