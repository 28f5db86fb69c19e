using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;

namespace ServerlessMme.Benchmarks.Serve;

/// <summary>
/// Requests a second, p50 and p99 of <c>mme serve</c> on the CIFAR-10 model, beside ONNX Runtime alone in the same run.
/// The client shares the machine with the server.
/// </summary>
internal static class ServeBenchmark
{
    private const int Side = 32;

    /// <param name="root">The working tree.</param>
    /// <param name="mme">Path of mme.dll.</param>
    public static async Task<int> RunAsync(string root, string mme, int seconds)
    {
        var time = TimeSpan.FromSeconds(seconds);
        var results = new List<LoadResult> { RunAlone(Path.Combine(root, "models", "cifar10", "model.onnx"), time) };
        using var server = Process.Start(new ProcessStartInfo(
            "dotnet", [mme, "serve", "--models-dir", Path.Combine(root, "models"), "--port", "0"])
        {
            RedirectStandardOutput = true,
        })!;
        try
        {
            var line = await server.StandardOutput.ReadLineAsync();
            var url = new Uri(line!["Listening at ".Length..]);
            var image = await File.ReadAllBytesAsync(
                Path.Combine(root, "sample-images", "cifar10", "airplane-1.jpg"));
            foreach (var connections in new[] { 1, 32 })
            {
                results.Add(await HttpLoad.RunAsync("image/jpeg", url, "image/jpeg", image, connections, time));
                results.Add(await HttpLoad.RunAsync(
                    "instances", url, "application/json", Instances(), connections, time));
            }
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
        }

        foreach (var result in results)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{result.Name,-12} {result.Connections,3} connections {result.PerSecond,9:0.0} a second "
                + $"p50 {result.P50Ms:0.00} ms p99 {result.P99Ms:0.00} ms"));
        }

        Console.WriteLine(JsonSerializer.Serialize(results));
        return 0;
    }

    /// <summary>The model on one thread, one image a run, as the server runs it.</summary>
    private static LoadResult RunAlone(string model, TimeSpan time)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1 };
        using var session = new InferenceSession(model, options);
        using var run = new RunOptions();
        using var tensor = OrtValue.CreateTensorValueFromMemory(
            new float[3 * Side * Side], [1, 3, Side, Side]);
        var latencies = new List<double>();
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < time;)
        {
            var began = Stopwatch.GetTimestamp();
            using var results = session.Run(run, [session.InputNames[0]], [tensor], [session.OutputNames[0]]);
            latencies.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        var perSecond = latencies.Count * 1000 / latencies.Sum();
        latencies.Sort();
        return new LoadResult("ONNX Runtime", 1, latencies.Count, perSecond, latencies[latencies.Count / 2],
            latencies[latencies.Count * 99 / 100]);
    }

    private static byte[] Instances()
    {
        var pixels = Enumerable.Range(0, Side * Side).Select(i => string.Create(CultureInfo.InvariantCulture,
            $"[{i % 256 / 255f},{i % 97 / 255f},{i % 13 / 255f}]"));
        var rows = pixels.Chunk(Side).Select(row => $"[{string.Join(',', row)}]");
        return Encoding.UTF8.GetBytes($"{{\"instances\":[[{string.Join(',', rows)}]]}}");
    }
}
