using Google.Protobuf;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Onnx.Compression;
using ServerlessMme.Onnx.Tests.Models;
using ServerlessMme.Onnx.Tests.Store;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Graphs;
using ServerlessMme.Testing.Graphs.Proto;

namespace ServerlessMme.Onnx.Tests.Compression;

public sealed class ModelCompressorTests : IDisposable
{
    private static readonly Manifest Manifest =
        Manifests.Of(labels: 10, width: Networks.Size, height: Networks.Size);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false, true, 17)]
    [InlineData(true, true, 17)]
    [InlineData(false, false, 11)]
    [InlineData(true, false, 18)]
    public async Task Gemm_keeps_its_scores_in_a_third_of_the_bytes(bool transposed, bool bias, int opset) =>
        await AssertCompressesAsync(DenseNetworks.Gemm(transposed, bias, opset));

    [Fact]
    public async Task MatMul_of_values_below_zero_keeps_its_scores() =>
        await AssertCompressesAsync(DenseNetworks.MatMul());

    [Fact]
    public async Task Scores_of_an_image_do_not_depend_on_the_images_beside_it()
    {
        var compressed = Compress(DenseNetworks.MatMul());
        using var backend = (await Loading.LoadAsync(compressed, Manifest)).Value;
        var image = Networks.Image(1);
        var alone = await backend.SingleAsync(Manifest, image);

        // One scale for all rows would leave nothing of the image beside one that is a thousand times as bright.
        var together = await backend.ScoreAsync(
            Manifest, image, Array.ConvertAll(Networks.Image(2), value => 1000 * value), new float[image.Length]);

        StoreFixture.AssertClose(alone, together[0].Value);
        Assert.All(together[2].Value, score => Assert.True(float.IsFinite(score)));
    }

    [Fact]
    public async Task The_tensor_store_holds_the_copy()
    {
        var compressed = Compress(DenseNetworks.Gemm());
        using var fixture = new StoreFixture();

        await fixture.AssertSameAsync(compressed, await fixture.LoadAsync(fixture.Process(), compressed));

        Assert.Single(fixture.Graphs);
        Assert.True(fixture.Bytes < 0.5 * DenseNetworks.Gemm().ToBytes().Length);
        await fixture.LoadAsync(fixture.Process(), compressed, artifact: false);
    }

    [Fact]
    public async Task Fine_tunes_of_one_backbone_share_a_trunk_and_score_as_they_do_alone()
    {
        var models = Enumerable.Range(1, 2).Select(head => Compress(Networks.FineTune(1, 1, head))).ToList();
        using var fixture = new StoreFixture();
        var process = fixture.Process();
        var backends = new List<IBackend>();
        foreach (var model in models)
        {
            backends.Add(await fixture.LoadAsync(process, model));
        }

        // The second run knows of both.
        await fixture.ScoreAsync(backends[0]);
        await fixture.ScoreAsync(backends[1]);

        await fixture.AssertSameAsync(models[0], backends[0]);
        await fixture.AssertSameAsync(models[1], backends[1]);
        Assert.NotNull(backends[0].Trunk);
        Assert.Equal(backends[0].Trunk, backends[1].Trunk);
    }

    [Fact]
    public async Task Weights_in_float_data_are_read_too()
    {
        var graph = DenseNetworks.Gemm();
        var tensor = graph.Model.Graph.Initializer[0];
        tensor.RawData = ByteString.Empty;
        tensor.FloatData.Add(DenseNetworks.Random(1, DenseNetworks.Inputs * DenseNetworks.Outputs));
        var bytes = graph.ToBytes();

        Assert.Equal(Compress(DenseNetworks.Gemm()), Compress(bytes));
        using var backend = (await Loading.LoadAsync(bytes, Manifest)).Value;
    }

    [Fact]
    public async Task Tensors_that_an_old_exporter_lists_as_inputs_leave_the_list()
    {
        var graph = DenseNetworks.Gemm();
        graph.Model.IrVersion = 3;
        foreach (var tensor in graph.Model.Graph.Initializer.ToList())
        {
            graph.Input(tensor.Name, GraphBuilder.Float, [.. tensor.Dims.Select(size => (int)size)]);
        }

        await AssertCompressesAsync(graph);
    }

    [Fact]
    public void Weights_of_two_layers_are_stored_once()
    {
        var graph = DenseNetworks.With((graph, value) =>
        {
            var weights = DenseNetworks.Weights(graph);
            return graph.Node(
                "Add", [graph.Node("Gemm", [value, weights]), graph.Node("MatMul", [value, weights])]);
        });

        var model = Parse(Compress(graph, layers: 2));

        Assert.Single(model.Graph.Initializer, tensor => tensor.DataType == 3);
    }

    [Fact]
    public void Weights_have_seven_bits_so_that_no_processor_saturates()
    {
        var weights = Assert.Single(
            Parse(Compress(DenseNetworks.Gemm())).Graph.Initializer, tensor => tensor.DataType == 3);

        var values = weights.RawData.Select(value => (int)(sbyte)value).ToList();
        Assert.Equal((-63, 63), (values.Min(), values.Max()));
    }

    [Fact]
    public async Task An_attribute_of_zero_survives()
    {
        var graph = DenseNetworks.With((graph, value) =>
        {
            var dense = graph.Node("Gemm", [value, DenseNetworks.Weights(graph)]);
            var mean = graph.Node(
                "ReduceMean", [dense], GraphBuilder.Ints("axes", 1), GraphBuilder.Int("keepdims", 0));
            return graph.Node("Sub", [dense, graph.Node("Unsqueeze", [mean, graph.Integers(1)])]);
        });
        await AssertCompressesAsync(graph);
    }

    public static TheoryData<string, GraphBuilder> Unfit() => new()
    {
        { "small weights", GraphOf(Networks.Dense(1)) },
        { "an old opset", DenseNetworks.Gemm(opset: 10) },
        { "alpha", Layer((graph, value) => graph.Node(
            "Gemm", [value, DenseNetworks.Weights(graph)], new AttributeProto { Name = "alpha", Type = 1, F = 2 })) },
        { "beta", Layer((graph, value) => graph.Node(
            "Gemm", [value, DenseNetworks.Weights(graph), graph.Weights(DenseNetworks.Random(3, 64), 64)],
            new AttributeProto { Name = "beta", Type = 1, F = 0.5f })) },
        { "weights that something else uses", Layer((graph, value) =>
        {
            var weights = DenseNetworks.Weights(graph);
            graph.NodeTo("largest", "ReduceMax", [weights], GraphBuilder.Int("keepdims", 0));
            return graph.Node("Add", [graph.Node("Gemm", [value, weights]), "largest"]);
        }) },
        { "computed weights", Layer((graph, value) => graph.Node(
            "MatMul", [value, graph.Node("Transpose", [DenseNetworks.Weights(graph, transposed: true)])])) },
        { "a weight that is no number", Layer((graph, value) =>
        {
            var values = DenseNetworks.Random(1, DenseNetworks.Inputs * DenseNetworks.Outputs);
            values[7] = float.NaN;
            return graph.Node("Gemm", [value, graph.Weights(values, DenseNetworks.Inputs, DenseNetworks.Outputs)]);
        }) },
        { "weights in a branch", Branch() },
    };

    [Theory]
    [MemberData(nameof(Unfit))]
    public void What_is_not_fit_is_left_alone(string why, GraphBuilder graph)
    {
        var refusal = Refuse(graph.ToBytes());

        Assert.Contains("has no dense layer (Gemm or MatMul) with 64 KiB or more", refusal, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.PathOf("copy.onnx")), why);
    }

    [Fact]
    public void A_file_that_would_not_be_loaded_is_not_compressed()
    {
        var graph = DenseNetworks.Gemm();
        graph.Model.Graph.Initializer.Add(GraphBuilder.External("elsewhere.bin"));

        Assert.Contains("in another file", Refuse(graph.ToBytes()), StringComparison.Ordinal);
        Assert.Contains("is empty", Refuse([]), StringComparison.Ordinal);
        Assert.Contains("is not valid protobuf", Refuse([0xff, 0xff]), StringComparison.Ordinal);
    }

    private static GraphBuilder Layer(Func<GraphBuilder, string, string> layer) => DenseNetworks.With(layer);

    /// <summary>A branch of If multiplies by the same weights as a layer outside.</summary>
    private static GraphBuilder Branch()
    {
        var graph = DenseNetworks.With((graph, value) => graph.Node("Gemm", [value, DenseNetworks.Weights(graph)]));
        graph.Conditional("branched", graph.Model.Graph.Node[0].Output[0], DenseNetworks.Inputs, 10, 4);
        var branch = graph.Model.Graph.Node[^1].Attribute[0].G;
        branch.Node[0].Input[1] = graph.Model.Graph.Initializer[0].Name;
        return graph;
    }

    private static GraphBuilder GraphOf(byte[] onnx)
    {
        var graph = new GraphBuilder();
        graph.Model.MergeFrom(onnx);
        return graph;
    }

    private static ModelProto Parse(byte[] onnx) => ModelProto.Parser.ParseFrom(onnx);

    private async Task AssertCompressesAsync(GraphBuilder graph)
    {
        var onnx = graph.ToBytes();
        var compressed = Compress(onnx);
        Assert.True(compressed.Length < 0.36 * onnx.Length, $"{compressed.Length} of {onnx.Length} bytes");
        using var before = (await Loading.LoadAsync(onnx, Manifest)).Value;
        using var after = (await Loading.LoadAsync(compressed, Manifest)).Value;
        for (var seed = 0; seed < 8; seed++)
        {
            var expected = await before.SingleAsync(Manifest, Networks.Image(seed));
            var scores = await after.SingleAsync(Manifest, Networks.Image(seed));
            Assert.All(expected.Zip(scores), pair => Assert.Equal(pair.First, pair.Second, 0.004f));
        }
    }

    private byte[] Compress(GraphBuilder graph, int layers = 1) => Compress(graph.ToBytes(), layers);

    private byte[] Compress(byte[] onnx, int layers = 1)
    {
        Assert.Equal(layers, Run(onnx).Value);
        return File.ReadAllBytes(_folder.PathOf("copy.onnx"));
    }

    private string Refuse(byte[] onnx)
    {
        var refusal = Run(onnx).Refusal!;
        Assert.Equal(ErrorCode.InvalidModel, refusal.Code);
        return refusal.Message;
    }

    private Outcome<int> Run(byte[] onnx) => ModelCompressor.Compress(
        ModelName.Parse("tiny").Value, _folder.Write("model.onnx", onnx), _folder.PathOf("copy.onnx"), 1 << 30);
}
