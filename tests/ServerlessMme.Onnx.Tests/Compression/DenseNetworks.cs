using ServerlessMme.Onnx.Tests.Models;
using ServerlessMme.Testing.Graphs;

namespace ServerlessMme.Onnx.Tests.Compression;

/// <summary>
/// Networks whose first dense layer has 192 KiB of weights, for images of 16 × 16 pixels and 10 labels.
/// </summary>
internal static class DenseNetworks
{
    public const int Inputs = 3 * Networks.Size * Networks.Size;
    public const int Outputs = 64;

    /// <summary>A dense layer, ReLU, a small dense layer, softmax.</summary>
    /// <param name="layer">Adds the first layer behind the flattened image; returns its output's name.</param>
    public static GraphBuilder With(Func<GraphBuilder, string, string> layer, int opset = 17)
    {
        var graph = new GraphBuilder(opset);
        var input = graph.Input("input", GraphBuilder.Float, -1, 3, Networks.Size, Networks.Size);
        var value = graph.Node("Flatten", [input]);
        value = graph.Node("Relu", [layer(graph, value)]);
        value = graph.Node("Gemm", [value, graph.Weights(Random(2, Outputs * 10), Outputs, 10)]);
        return graph
            .NodeTo("probabilities", "Softmax", [value], GraphBuilder.Int("axis", 1))
            .Output("probabilities", GraphBuilder.Float, -1, 10);
    }

    /// <summary>The first layer as Gemm.</summary>
    public static GraphBuilder Gemm(bool transposed = false, bool bias = true, int opset = 17) => With(
        (graph, value) => graph.Node(
            "Gemm",
            bias ? [value, Weights(graph, transposed), graph.Weights(Random(3, Outputs), Outputs)]
                : [value, Weights(graph, transposed)],
            GraphBuilder.Int("transB", transposed ? 1 : 0)),
        opset);

    /// <summary>The first layer as MatMul and Add, of values below 0 too.</summary>
    public static GraphBuilder MatMul() => With((graph, value) => graph.Node(
        "Add",
        [
            graph.Node("MatMul", [graph.Node("Sub", [value, graph.Scalar(0.5f)]), Weights(graph)]),
            graph.Weights(Random(3, Outputs), Outputs),
        ]));

    public static string Weights(GraphBuilder graph, bool transposed = false) => transposed
        ? graph.Weights(Random(1, Inputs * Outputs), Outputs, Inputs)
        : graph.Weights(Random(1, Inputs * Outputs), Inputs, Outputs);

    public static float[] Random(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() - 0.5f) * 0.2f)];
    }
}
