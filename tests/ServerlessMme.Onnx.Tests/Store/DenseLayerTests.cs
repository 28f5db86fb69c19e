using System.Text;
using Microsoft.ML.OnnxRuntime;
using ServerlessMme.Onnx.Store;
using ServerlessMme.Onnx.Tests.Models;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Graphs;
using ServerlessMme.Testing.Graphs.Proto;

namespace ServerlessMme.Onnx.Tests.Store;

public sealed class DenseLayerTests : IDisposable
{
    private const int Features = 3 * Networks.Size * Networks.Size;
    private readonly StoreFixture _store = new();

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData("Gemm", false, 0)]
    [InlineData("Gemm", false, 1)]
    [InlineData("Gemm", true, 1)]
    [InlineData("Gemm", true, 2)]
    [InlineData("MatMul", false, 1)]
    [InlineData("MatMul", false, 0)]
    public async Task Dense_layer_in_any_form_scores_as_in_a_plain_session(string type, bool transposed, int biasRank)
    {
        var onnx = Dense(type, transposed, biasRank);
        var backend = await _store.LoadAsync(_store.Process(), onnx);

        await _store.AssertSameAsync(onnx, backend);
        var images = Enumerable.Range(0, 16).Select(Networks.Image).ToArray();
        var scores = await backend.ScoreAsync(_store.Manifest, images);
        for (var seed = 0; seed < images.Length; seed++)
        {
            StoreFixture.AssertClose(await _store.PlainAsync(onnx, seed), scores[seed].Value);
        }

        Assert.Empty(_store.Log.Lines);
    }

    [Theory]
    [InlineData("Relu")]
    [InlineData("Sigmoid")]
    [InlineData("Tanh")]
    [InlineData("LeakyRelu")]
    public async Task Activation_behind_a_dense_layer_stays(string activation)
    {
        var onnx = Dense("Gemm", false, 1, activation);

        await _store.AssertSameAsync(onnx, await _store.LoadAsync(_store.Process(), onnx));
    }

    [Fact]
    public async Task Dense_layer_takes_the_disk_once_and_no_private_memory()
    {
        var onnx = Networks.Convolutional(1, 1, channels: 256);

        var backend = await _store.LoadAsync(_store.Process(), onnx);

        Assert.InRange(_store.Bytes, onnx.Length / 2, (long)(1.1 * onnx.Length));
        Assert.InRange(backend.PrivateBytes, 1, 256 << 10);
        Assert.DoesNotContain("FusedGemm", Encoding.Latin1.GetString(await File.ReadAllBytesAsync(_store.Graphs[0])));
    }

    [Fact]
    public async Task Small_dense_layer_scores_as_a_plain_session_does_bit_for_bit()
    {
        var onnx = Networks.Dense(1);
        var backend = await _store.LoadAsync(_store.Process(), onnx);
        using var plain = new InferenceSession(onnx);

        for (var seed = 0; seed < 10; seed++)
        {
            using var image = OrtValue.CreateTensorValueFromMemory(
                Networks.Image(seed), [1, 3, Networks.Size, Networks.Size]);
            using var options = new RunOptions();
            using var scores = plain.Run(options, ["input"], [image], ["probabilities"]);
            Assert.Equal(scores[0].GetTensorDataAsSpan<float>().ToArray(), await _store.ScoreAsync(backend, seed));
        }
    }

    [Fact]
    public async Task Scores_of_a_model_never_change()
    {
        var backend = await _store.LoadAsync(_store.Process(), Networks.Convolutional(1, 1, channels: 64));
        var first = await _store.ScoreAsync(backend);

        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(first, await _store.ScoreAsync(backend));
        }
    }

    [Fact]
    public async Task Fine_tunes_with_the_same_dense_layer_share_it()
    {
        var process = _store.Process();
        await _store.LoadAsync(process, Networks.FineTune(1, 1, 1, dense: 7));
        var before = _store.Bytes;
        var onnx = Networks.FineTune(1, 1, 2, dense: 7);

        var backend = await _store.LoadAsync(process, onnx);

        Assert.InRange(_store.Bytes - before, 1, 32 << 10);
        await _store.AssertSameAsync(onnx, backend);
    }

    [Fact]
    public async Task Store_that_is_lost_meanwhile_costs_no_answer()
    {
        var onnx = Networks.Convolutional(1, 1, channels: 64);
        var backend = await _store.LoadAsync(_store.Process(), onnx);
        foreach (var path in _store.Packs)
        {
            File.Delete(path);
        }

        await _store.AssertSameAsync(onnx, backend);
    }

    [Theory]
    [InlineData(768, 64, true)]
    [InlineData(768, 500, true)]
    [InlineData(4096, 10, false)]
    [InlineData(767, 64, false)]
    [InlineData(256, 48, false)]
    public void Layers_are_rewritten_where_one_copy_is_not_much_larger(int inputs, int outputs, bool expected)
    {
        using var written = new WrittenGraph(inputs, outputs);

        Assert.Equal(expected, OptimizedModel.RewriteDense(written.Root));
    }

    [Theory]
    [InlineData("alpha")]
    [InlineData("beta")]
    public void Scaled_layer_stays_a_matrix_product(string factor)
    {
        using var written = new WrittenGraph(
            768, 64, new AttributeProto { Name = factor, Type = 1, F = 0.5f });

        Assert.False(OptimizedModel.RewriteDense(written.Root));
    }

    [Fact]
    public void Layer_with_transposed_images_stays_a_matrix_product()
    {
        using var written = new WrittenGraph(768, 64, GraphBuilder.Int("transA", 1));

        Assert.False(OptimizedModel.RewriteDense(written.Root));
    }

    [Fact]
    public void Weights_that_many_layers_share_are_written_once()
    {
        using var written = new WrittenGraph(256, 256, 500, _ => { });

        Assert.True(OptimizedModel.RewriteDense(written.Root));

        Assert.Equal(256 * 256 * sizeof(float), written.MadeBytes);
        Assert.Equal(500, written.Rewritten.Graph.Node.Count(node => node.OpType == "Conv"));
        Assert.Equal(1, written.Rewritten.Graph.Initializer.Count(tensor => tensor.DataLocation != 0));
    }

    [Fact]
    public void Weights_that_are_declared_as_an_input_leave_the_inputs_too()
    {
        using var written = new WrittenGraph(768, 64, 1, graph => graph.Input.Add(new ValueInfoProto { Name = "weights" }));

        Assert.True(OptimizedModel.RewriteDense(written.Root));

        Assert.Equal("input", Assert.Single(written.Rewritten.Graph.Input).Name);
    }

    [Fact]
    public void Weights_that_something_else_uses_stay()
    {
        using var written = new WrittenGraph(768, 64, 1, graph =>
        {
            graph.Node.Add(new NodeProto { OpType = "Shape", Input = { "weights" }, Output = { "shape" } });
            graph.Output.Add(new ValueInfoProto { Name = "shape" });
        });

        Assert.True(OptimizedModel.RewriteDense(written.Root));

        Assert.Contains(written.Rewritten.Graph.Initializer, tensor => tensor.Name == "weights");
    }

    [Fact]
    public void Graph_with_a_branch_stays_as_it_is()
    {
        using var written = new WrittenGraph(768, 64, 1, graph => graph.Node.Add(new NodeProto
        {
            OpType = "If",
            Attribute = { new AttributeProto { Name = "then_branch", Type = 5, G = new GraphProto() } },
        }));

        Assert.False(OptimizedModel.RewriteDense(written.Root));
    }

    private static byte[] Dense(string type, bool transposed, int biasRank, string activation = "Relu")
    {
        const int outputs = 64;
        var graph = new GraphBuilder();
        var value = graph.Node("Flatten", [graph.Input("input", GraphBuilder.Float, -1, 3, Networks.Size, Networks.Size)]);
        var weights = transposed ? Weights(graph, 1, outputs, Features) : Weights(graph, 1, Features, outputs);
        var bias = biasRank == 0 ? null : Weights(graph, 2, biasRank == 1 ? [outputs] : [1, outputs]);
        value = type == "Gemm"
            ? graph.Node("Gemm", bias is null ? [value, weights] : [value, weights, bias],
                GraphBuilder.Int("transB", transposed ? 1 : 0))
            : graph.Node("MatMul", [value, weights]);
        value = type == "MatMul" && bias is not null ? graph.Node("Add", [value, bias]) : value;
        value = graph.Node(activation, [value]);
        value = graph.Node("Gemm", [value, Weights(graph, 3, outputs, 10)]);
        return graph
            .NodeTo("probabilities", "Softmax", [value], GraphBuilder.Int("axis", 1))
            .Output("probabilities", GraphBuilder.Float, -1, 10)
            .ToBytes();
    }

    private static string Weights(GraphBuilder graph, int seed, params int[] sizes)
    {
        var random = new Random(seed);
        var values = new float[sizes.Aggregate(1, (product, size) => product * size)];
        foreach (ref var value in values.AsSpan())
        {
            value = (random.NextSingle() - 0.5f) * 0.2f;
        }

        return graph.Weights(values, sizes);
    }

    /// <summary>A graph with dense layers of the same weights, as ONNX Runtime would write it.</summary>
    private sealed class WrittenGraph : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public WrittenGraph(int inputs, int outputs, params AttributeProto[] attributes)
            : this(inputs, outputs, 1, _ => { }, attributes)
        {
        }

        public WrittenGraph(
            int inputs, int outputs, int layers, Action<GraphProto> change, params AttributeProto[] attributes)
        {
            var graph = new GraphBuilder();
            var value = graph.Input("input", GraphBuilder.Float, -1, inputs);
            for (var layer = 0; layer < layers; layer++)
            {
                value = graph.Node("Gemm", [value, "weights"], attributes);
            }

            graph.NodeTo("output", "Identity", [value]).Output("output", GraphBuilder.Float, -1, outputs);
            var weights = GraphBuilder.External("tensors.bin");
            weights.Name = "weights";
            weights.Dims.Clear();
            weights.Dims.AddRange([inputs, outputs]);
            var bytes = inputs * outputs * sizeof(float);
            weights.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = $"{bytes}" });
            graph.Model.Graph.Initializer.Add(weights);
            change(graph.Model.Graph);
            _folder.Write("tensors.bin", new byte[bytes]);
            _folder.Write("model.onnx", graph.ToBytes());
        }

        public string Root => _folder.Root;

        /// <summary>What was rewritten.</summary>
        public ModelProto Rewritten => ModelProto.Parser.ParseFrom(File.ReadAllBytes(_folder.PathOf("rewritten.onnx")));

        public long MadeBytes => new FileInfo(_folder.PathOf("rewritten.bin")).Length;

        public void Dispose() => _folder.Dispose();
    }
}
