using System.Buffers;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using ServerlessMme.Benchmarks.Fleet;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Onnx;
using SkiaSharp;

namespace ServerlessMme.Benchmarks.Cold;

/// <summary>Milliseconds to load a model and run it once; medians of rounds by turns in one process.</summary>
/// <param name="FirstUse">Inspected, optimized and stored; once.</param>
/// <param name="Store">From the tensor store.</param>
/// <param name="Plain">A plain session from the file.</param>
internal sealed record ColdLoads(double FirstUse, double Store, double Plain);

/// <summary>One model, loaded and disposed again and again.</summary>
internal static class ColdChild
{
    private const int Rounds = 21;

    public static async Task<int> RunAsync(string store, string folder)
    {
        var name = ModelName.Parse(Path.GetFileName(folder)).Value;
        var manifest = ManifestReader.Read(name, await File.ReadAllBytesAsync(Path.Combine(folder, "model.json"))).Value;
        var files = new ModelFiles("", Path.Combine(folder, "model.onnx"), $"sha256:{name}");
        using var factory = new OnnxBackendFactory(new OnnxOptions { StorePath = store });
        using var tensors = new TensorBatch(manifest.Input, 1);
        MemoryMarshal.Cast<byte, float>(tensors.Row(0)).Fill(0.5f);
        using var image = new EncodedImage(
            new ImageReference(null, "grey", null, 0), ArrayPool<byte>.Shared.Rent(1), 0);
        var first = await FromStoreAsync();
        var stored = new List<double>();
        var plain = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            stored.Add(await FromStoreAsync());
            plain.Add(Plain(files.OnnxPath!, manifest.Input, tensors));
        }

        Console.WriteLine(JsonSerializer.Serialize(
            new ColdLoads(Math.Round(first, 2), Median(stored), Median(plain))));
        return 0;

        async Task<double> FromStoreAsync()
        {
            var started = Stopwatch.GetTimestamp();
            using var backend = (await factory.CreateAsync(
                new ModelDescriptor(name, "1", 0), files, manifest,
                new LoadAllowance(TimeSpan.FromMinutes(1), long.MaxValue), CancellationToken.None)).Value;
            _ = (await backend.ScoreAsync(new ImageBatch([image], tensors), CancellationToken.None))[0].Value;
            return ProcessMemory.Milliseconds(started);
        }
    }

    /// <summary>What a program takes that does nothing but load a model, run it once and print the best class.</summary>
    public static int RunPlain(string path) => Run(path, new float[3 * 32 * 32]);

    /// <summary>The same, and decodes an image with the library that we use, as anybody would write it.</summary>
    public static int RunBare(string path, string image)
    {
        using var decoded = SKBitmap.Decode(image);
        using var small = decoded.Resize(new SKImageInfo(32, 32, SKColorType.Rgba8888), SKSamplingOptions.Default);
        var pixels = small.GetPixelSpan();
        var tensor = new float[3 * 32 * 32];
        for (var i = 0; i < 32 * 32; i++)
        {
            for (var channel = 0; channel < 3; channel++)
            {
                tensor[(channel * 32 * 32) + i] = pixels[(i * 4) + channel] / 255f;
            }
        }

        return Run(path, tensor);
    }

    private static int Run(string path, float[] tensor)
    {
        using var session = new InferenceSession(path);
        using var run = new RunOptions();
        using var input = OrtValue.CreateTensorValueFromMemory(tensor, [1, 3, 32, 32]);
        using var results = session.Run(run, session.InputNames, [input], session.OutputNames);
        var scores = results[0].GetTensorDataAsSpan<float>();
        Console.WriteLine(scores.IndexOf(System.Numerics.Tensors.TensorPrimitives.Max(scores)));
        return 0;
    }

    private static double Plain(string path, InputSpec spec, TensorBatch tensors)
    {
        var started = Stopwatch.GetTimestamp();
        using var settings = new SessionOptions();
        using var session = new InferenceSession(path, settings);
        using var run = new RunOptions();
        long[] shape = spec.Layout == TensorLayout.NCHW
            ? [1, spec.ChannelCount, spec.Height, spec.Width]
            : [1, spec.Height, spec.Width, spec.ChannelCount];
        using var input = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance,
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float, shape, tensors.Address, tensors.RowBytes);
        using var results = session.Run(run, session.InputNames, [input], session.OutputNames);
        results[0].GetTensorDataAsSpan<float>().ToArray();
        return ProcessMemory.Milliseconds(started);
    }

    private static double Median(List<double> values) => Math.Round(Figures.Median(values), 2);
}
