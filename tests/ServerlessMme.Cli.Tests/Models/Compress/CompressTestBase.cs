using System.Text;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Graphs;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Cli.Tests.Models.Compress;

/// <summary>Runs <c>mme models compress</c> on generated models and the sample images.</summary>
public abstract class CompressTestBase : IDisposable
{
    private const int Side = 32;
    private protected const string Manifest = """
        {"labels":["dark","bright"],"input":{"width":32,"height":32,"scale":0.00392156862745098},
         "output":{"activation":"softmax"},"description":"größer"}
        """;

    private protected TemporaryFolder Folder { get; } = new();

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Runs the command on the sample images, without their labels.</summary>
    private protected Task<Finished> CompressAsync(string model, params string[] options)
    {
        CopySamples("");
        return RunAsync(model, options);
    }

    /// <summary>The time is no part of these tests: they share the machine with others.</summary>
    private protected Task<Finished> RunAsync(string model, params string[] options) =>
        MmeProcess.RunAsync(null, Arguments(model, options));

    private protected string[] Arguments(string model, params string[] options) =>
        ["models", "compress", model, "--images", Folder.PathOf("images"), "--max-slowdown", "1", .. options];

    private protected void CopySamples(string label)
    {
        foreach (var image in Repository.CifarImages)
        {
            Copy(image, label);
        }
    }

    private protected void Copy(string image, string label) =>
        Folder.Write($"images/{label}/{Path.GetFileName(image)}", File.ReadAllBytes(image));

    /// <summary>Convolutions, if any, a dense layer of <paramref name="hidden"/> outputs, and one of two.</summary>
    /// <param name="isRuined">
    /// Whether weights that do nothing are so large that eight bits leave nothing of the others.
    /// </param>
    private protected string Model(int hidden, int filters = 0, bool isRuined = false, string manifest = Manifest)
    {
        var random = new Random(1);
        var graph = new GraphBuilder();
        var value = graph.Input("input", GraphBuilder.Float, -1, 3, Side, Side);
        for (var (i, from) = (0, 3); i < 3 && filters > 0; i++, from = filters)
        {
            value = graph.Node("Conv", [value, Weights(filters, from, 3, 3)], GraphBuilder.Ints("strides", 2, 2));
        }

        value = filters > 0
            ? graph.Node("Flatten", [graph.Node("GlobalAveragePool", [value])])
            : graph.Node("Flatten", [value]);
        var inputs = filters > 0 ? filters : 3 * Side * Side;
        var weights = Random(inputs * hidden);
        if (isRuined)
        {
            // The first feature is always 0.
            weights.AsSpan(0, hidden).Fill(100);
            var mask = new float[inputs];
            mask.AsSpan(1).Fill(1);
            value = graph.Node("Mul", [value, graph.Weights(mask, inputs)]);
        }

        value = graph.Node("Relu", [graph.Node("Gemm", [value, graph.Weights(weights, inputs, hidden)])]);
        graph.NodeTo("scores", "Gemm", [value, Weights(hidden, 2)]).Output("scores", GraphBuilder.Float, -1, 2);
        Folder.Write("model/model.json", Encoding.UTF8.GetBytes(manifest));
        Folder.Write("model/model.onnx", graph.ToBytes());
        return Folder.PathOf("model");

        string Weights(params int[] sizes) =>
            graph.Weights(Random(sizes.Aggregate(1, (product, size) => product * size)), sizes);

        float[] Random(int count) =>
            [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() - 0.5f) * 0.1f)];
    }
}
