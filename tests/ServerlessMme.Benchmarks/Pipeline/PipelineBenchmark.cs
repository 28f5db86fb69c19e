using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML.OnnxRuntime;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Core.Requests;
using ServerlessMme.Imaging;
using SkiaSharp;

namespace ServerlessMme.Benchmarks.Pipeline;

/// <summary>
/// Images in memory to labels through the whole flow, with the project's CIFAR-10 model and all cores. Beside it, in
/// turns with it: ONNX Runtime alone on ready tensors, decoding and resizing alone, and where it is installed,
/// sharp with onnxruntime-node.
/// </summary>
internal sealed class PipelineBenchmark : IDisposable
{
    private const int Side = 32;
    private const int Batch = 16;
    private const int ImagesARound = 4096;

    private readonly string _store = Directory.CreateTempSubdirectory("mme-pipeline-").FullName;
    private readonly ImagePreprocessor _preprocessor = new(new ImagingOptions());
    private readonly LocalClassifier _local;
    private readonly PlainRuntime _asProduct;
    private readonly PlainRuntime _asShipped;

    private PipelineBenchmark(string root)
    {
        _local = new LocalClassifier(root, _store);
        var model = Path.Combine(root, "models", "cifar10", "model.onnx");
        _asProduct = new PlainRuntime(model, Side, Batch, asProduct: true);
        _asShipped = new PlainRuntime(model, Side, Batch, asProduct: false);
    }

    public static int Run(string[] args)
    {
        var arguments = new Arguments(args);
        var rounds = arguments.Rounds(9);
        using var benchmark = new PipelineBenchmark("");
        var small = Images.Jpegs(256, Side, Side);
        var photographs = Images.Jpegs(64, 100, 100);
        var speed = benchmark.Speed(small, rounds);
        var cost = benchmark.Cost(photographs, rounds);
        var smallCost = benchmark.Cost(small, rounds);
        var node = benchmark.Beside(photographs, rounds, arguments.Node);
        var nodeSmall = benchmark.Beside(small, rounds, arguments.Node);
        var report = new JsonObject
        {
            ["benchmark"] = "pipeline",
            ["pipeline_ratio"] = Figures.Rounded(speed.Ratio),
            ["overhead_ratio"] = Figures.Rounded(cost.Ratio),
            ["node_ratio"] = node is null ? null : Figures.Rounded(node.Ratio),
            ["node_process_a_core_ratio"] = node is null ? null : Figures.Rounded(node.RatioProcesses),
            ["node_processor_time_ratio"] = node is null ? null : Figures.Rounded(node.Microseconds / cost.Pipeline),
            ["node_ratio_32x32"] = nodeSmall is null ? null : Figures.Rounded(nodeSmall.Ratio),
            ["node_process_a_core_ratio_32x32"] =
                nodeSmall is null ? null : Figures.Rounded(nodeSmall.RatioProcesses),
            ["pipeline_ratio_default_session"] = Figures.Rounded(speed.RatioAsShipped),
            ["labels_per_second_32x32"] = Figures.Rounded(speed.PerSecond),
            ["onnx_runtime_per_second"] = Figures.Rounded(speed.RuntimePerSecond),
            ["labels_per_second_100x100"] = node is null ? null : Figures.Rounded(node.OwnPerSecond),
            ["node_per_second_100x100"] = node is null ? null : Figures.Rounded(node.PerSecond),
            ["node_per_second_32x32"] = nodeSmall is null ? null : Figures.Rounded(nodeSmall.PerSecond),
            ["microseconds_per_100x100"] = Figures.Rounded(cost.Pipeline),
            ["microseconds_decode_and_resize"] = Figures.Rounded(cost.Imaging),
            ["microseconds_inference"] = Figures.Rounded(cost.Inference),
            ["microseconds_per_32x32"] = Figures.Rounded(smallCost.Pipeline),
            ["microseconds_decode_and_resize_32x32"] = Figures.Rounded(smallCost.Imaging),
            ["microseconds_node_100x100"] = node is null ? null : Figures.Rounded(node.Microseconds),
            ["pipeline_processor_time_ratio"] = Figures.Rounded(smallCost.Inference / smallCost.Pipeline),
            ["overhead_ratio_32x32"] = Figures.Rounded(smallCost.Ratio),
            ["bytes_allocated_per_image"] = Figures.Rounded(cost.Allocated),
            ["micro_batch"] = Batch,
            ["rounds"] = rounds,
        };
        var versions = $"ONNX Runtime {OrtEnv.Instance().GetVersionString()}, "
            + $"SkiaSharp {Figures.Version(typeof(SKCodec))}"
            + (node is null ? "" : $", {node.Versions}");
        return Report.Write("pipeline", arguments.Save, report, versions);
    }

    public void Dispose()
    {
        _asShipped.Dispose();
        _asProduct.Dispose();
        _local.Dispose();
        Directory.Delete(_store, recursive: true);
    }

    /// <summary>Images a second, in turns, so that what else the machine does falls on all alike.</summary>
    private SpeedFigures Speed(byte[][] images, int rounds)
    {
        var figures = new List<SpeedFigures>();
        for (var round = -1; round < rounds; round++)
        {
            var pipeline = PerSecond(() => Classify(images));
            var product = PerSecond(() => _asProduct.Run(ImagesARound));
            var shipped = PerSecond(() => _asShipped.Run(ImagesARound));
            if (round >= 0)
            {
                figures.Add(new SpeedFigures(pipeline / product, pipeline / shipped, pipeline, product));
            }
        }

        return new SpeedFigures(
            Figures.Median(figures.Select(figure => figure.Ratio)),
            Figures.Median(figures.Select(figure => figure.RatioAsShipped)),
            Figures.Median(figures.Select(figure => figure.PerSecond)),
            Figures.Median(figures.Select(figure => figure.RuntimePerSecond)));
    }

    /// <summary>Microseconds of processor time an image, of the whole and of its parts.</summary>
    private CostFigures Cost(byte[][] images, int rounds)
    {
        var figures = new List<CostFigures>();
        for (var round = -1; round < rounds; round++)
        {
            var before = GC.GetTotalAllocatedBytes();
            var pipeline = Microseconds(() => Classify(images));
            var allocated = (double)(GC.GetTotalAllocatedBytes() - before) / ImagesARound;
            var imaging = Microseconds(() => Decode(images));
            var inference = Microseconds(() => _asProduct.Run(ImagesARound));
            if (round >= 0)
            {
                figures.Add(new CostFigures(pipeline / (imaging + inference), pipeline, imaging, inference, allocated));
            }
        }

        return new CostFigures(
            Figures.Median(figures.Select(figure => figure.Ratio)),
            Figures.Median(figures.Select(figure => figure.Pipeline)),
            Figures.Median(figures.Select(figure => figure.Imaging)),
            Figures.Median(figures.Select(figure => figure.Inference)),
            Figures.Median(figures.Select(figure => figure.Allocated)));
    }

    /// <param name="packages">Where npm installed Node.js' packages; null for nowhere.</param>
    private NodeFigures? Beside(byte[][] images, int rounds, string? packages) => packages is null
        ? null
        : NodeTurns.Run(
            packages, images, Path.Combine("models", "cifar10", "model.onnx"), rounds,
            () => PerSecond(() => Classify(images)));

    private int Classify(byte[][] images)
    {
        var names = Enumerable.Range(0, ImagesARound).Select(i => i.ToString(CultureInfo.InvariantCulture)).ToArray();
        var sink = new CountingSink();
        var request = new ClassifyRequest(ModelName.Parse("cifar10").Value, names);
#pragma warning disable RS0030 // Rounds are timed from this thread, one after the other.
        _local.Classifier.RunAsync(request, new MemorySource(images), sink, null, CancellationToken.None)
            .GetAwaiter().GetResult();
#pragma warning restore RS0030
        return sink.Answers == names.Length
            ? names.Length
            : throw new InvalidOperationException($"{sink.Answers} of {names.Length} images have an answer.");
    }

    private int Decode(byte[][] images)
    {
        var input = CifarInput();
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(() =>
        {
            using var tensors = new TensorBatch(input, Batch);
            for (var i = 0; i < ImagesARound / Environment.ProcessorCount; i++)
            {
                // Not disposed: its bytes are nobody's but the benchmark's.
                var bytes = images[i % images.Length];
                var reference = new ImageReference(null, "image", null, bytes.Length);
                var image = new EncodedImage(reference, bytes, bytes.Length);
                if (_preprocessor.Fill(image, input, tensors.Row(i % Batch)) is { } refusal)
                {
                    throw new InvalidOperationException(refusal.Message);
                }
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
#pragma warning disable RS0030 // The threads are the benchmark's own.
        threads.ForEach(thread => thread.Join());
#pragma warning restore RS0030
        return ImagesARound;
    }

    private static InputSpec CifarInput() => new(
        null, Side, Side, TensorLayout.NCHW, ChannelOrder.RGB, TensorType.Float32,
        new ResizeSpec(ResizeMode.Stretch, ResizeFilter.Bilinear), 1 / 255.0, [0, 0, 0], [1, 1, 1]);

    private static double PerSecond(Func<int> work)
    {
        var began = Stopwatch.GetTimestamp();
        return work() / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static double Microseconds(Func<int> work)
    {
        var before = Environment.CpuUsage.TotalTime;
        var images = work();
        return (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / images;
    }

    private sealed record SpeedFigures(double Ratio, double RatioAsShipped, double PerSecond, double RuntimePerSecond);

    private sealed record CostFigures(
        double Ratio, double Pipeline, double Imaging, double Inference, double Allocated);
}
