using ServerlessMme.Testing.Graphs;

namespace ServerlessMme.Onnx.Tests.Models;

/// <summary>Networks with random weights, for images of 16 × 16 pixels and 10 labels.</summary>
internal static class Networks
{
    public const int Size = 16;

    /// <summary>Two convolutions with ReLU and pooling, two dense layers, softmax.</summary>
    /// <param name="backbone">Seed of the convolutions: fine-tunes of one backbone have the same.</param>
    /// <param name="head">Seed of the dense layers.</param>
    public static byte[] Convolutional(int backbone, int head, int channels = 16)
    {
        var graph = new GraphBuilder();
        var value = graph.Input("input", GraphBuilder.Float, -1, 3, Size, Size);
        var random = new Random(backbone);
        value = Convolution(graph, value, 3, channels, random);
        value = Convolution(graph, value, channels, 2 * channels, random);
        value = graph.Node("Flatten", [value]);
        random = new Random(1000 + head);
        var features = 2 * channels * (Size / 4) * (Size / 4);
        value = graph.Node("Relu", [graph.Node("Gemm", [value, Weights(graph, random, features, 64)])]);
        value = graph.Node("Gemm", [value, Weights(graph, random, 64, 10)]);
        return graph
            .NodeTo("probabilities", "Softmax", [value], GraphBuilder.Int("axis", 1))
            .Output("probabilities", GraphBuilder.Float, -1, 10)
            .ToBytes();
    }

    /// <summary>One dense layer of 30 KiB, softmax.</summary>
    public static byte[] Dense(int seed)
    {
        var graph = new GraphBuilder();
        var value = graph.Node("Flatten", [graph.Input("input", GraphBuilder.Float, -1, 3, Size, Size)]);
        value = graph.Node("Gemm", [value, Weights(graph, new Random(seed), 3 * Size * Size, 10)]);
        return graph
            .NodeTo("probabilities", "Softmax", [value], GraphBuilder.Int("axis", 1))
            .Output("probabilities", GraphBuilder.Float, -1, 10)
            .ToBytes();
    }

    /// <summary>
    /// Four convolutions and two dense layers, softmax: ten million multiply-adds in the first two convolutions, five
    /// in the others, 66,000 in the dense layers.
    /// </summary>
    /// <param name="stem">Seed of the first two convolutions.</param>
    /// <param name="block">Seed of the others.</param>
    /// <param name="head">Seed of the dense layers.</param>
    /// <param name="residual">Whether the block adds its input to its output.</param>
    /// <param name="dense">Seed of the first dense layer; <paramref name="head"/> if left out.</param>
    /// <param name="batch">Images of a run; -1 for any number.</param>
    public static byte[] FineTune(
        int stem, int block, int head, bool residual = false, string input = "input", int? dense = null,
        int type = GraphBuilder.Float, int batch = -1)
    {
        const int channels = 64;
        var graph = new GraphBuilder();
        var value = graph.Input(input, type, batch, 3, Size, Size);
        value = type == GraphBuilder.Float
            ? value
            : graph.Node("Cast", [value], GraphBuilder.Int("to", GraphBuilder.Float));
        var random = new Random(stem);
        value = Filter(graph, value, 3, channels, random);
        value = Pool(graph, Filter(graph, value, channels, channels, random));
        var before = value;
        value = Filter(graph, value, channels, channels, new Random(100 + block));
        value = Filter(graph, value, channels, channels, new Random(200 + block));
        value = residual ? graph.Node("Relu", [graph.Node("Add", [before, value])]) : value;
        value = graph.Node("Flatten", [Pool(graph, value)]);
        random = new Random(1000 + (dense ?? head));
        value = graph.Node("Gemm", [value, Weights(graph, random, channels * (Size / 4) * (Size / 4), 64)]);
        value = graph.Node("Relu", [value]);
        random = new Random(2000 + head);
        value = graph.Node("Gemm", [value, Weights(graph, random, 64, 10)]);
        return graph
            .NodeTo("probabilities", "Softmax", [value], GraphBuilder.Int("axis", 1))
            .Output("probabilities", GraphBuilder.Float, batch, 10)
            .ToBytes();
    }

    /// <summary>An image of noise.</summary>
    public static float[] Image(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 3 * Size * Size).Select(_ => random.NextSingle())];
    }

    private static string Convolution(GraphBuilder graph, string value, int from, int to, Random random) =>
        Pool(graph, Filter(graph, value, from, to, random));

    private static string Filter(GraphBuilder graph, string value, int from, int to, Random random)
    {
        var weights = Weights(graph, random, to, from, 3, 3);
        return graph.Node(
            "Relu", [graph.Node("Conv", [value, weights], GraphBuilder.Ints("pads", 1, 1, 1, 1))]);
    }

    private static string Pool(GraphBuilder graph, string value) => graph.Node(
        "MaxPool", [value], GraphBuilder.Ints("kernel_shape", 2, 2), GraphBuilder.Ints("strides", 2, 2));

    private static string Weights(GraphBuilder graph, Random random, params int[] sizes)
    {
        var values = new float[sizes.Aggregate(1, (product, size) => product * size)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (random.NextSingle() - 0.5f) * 0.3f;
        }

        return graph.Weights(values, sizes);
    }
}
