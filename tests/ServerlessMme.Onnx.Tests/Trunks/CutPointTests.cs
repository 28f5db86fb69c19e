using Google.Protobuf;
using ServerlessMme.Onnx.Outline;
using ServerlessMme.Onnx.Trunks;
using ServerlessMme.Testing.Graphs;

namespace ServerlessMme.Onnx.Tests.Trunks;

public sealed class CutPointTests
{
    private const string Machine = "this machine";
    private const long InputBytes = 512 << 10;

    [Fact]
    public void Names_do_not_change_the_hashes()
    {
        var model = Model();
        var renamed = Model();
        foreach (var node in renamed.Graph.Node)
        {
            node.Name = $"x{node.Name}";
            for (var i = 0; i < node.Input.Count; i++)
            {
                node.Input[i] = $"x{node.Input[i]}";
            }

            node.Output[0] = $"x{node.Output[0]}";
        }

        foreach (var tensor in renamed.Graph.Initializer)
        {
            tensor.Name = $"x{tensor.Name}";
        }

        renamed.Graph.Input[0].Name = $"x{renamed.Graph.Input[0].Name}";
        renamed.Graph.Output[0].Name = $"x{renamed.Graph.Output[0].Name}";
        renamed.Graph.Input[0].Type.TensorType.Shape.Dim[0].DimParam = "other";

        Assert.Equal(Hashes(model), Hashes(renamed));
    }

    [Fact]
    public void Order_of_attributes_does_not_change_the_hashes()
    {
        var model = Model();
        var other = Model();
        var attributes = other.Graph.Node[0].Attribute;
        var reversed = attributes.Reverse().ToList();
        attributes.Clear();
        attributes.Add(reversed);

        Assert.Equal(Hashes(model), Hashes(other));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Changed_weights_change_the_hashes_behind_them_and_no_other(int changed)
    {
        var hashes = Hashes(Model());
        var others = Hashes(Model(changed));

        // Each layer has two values: a convolution's and a ReLU's.
        Assert.Equal(hashes[..(2 * changed)], others[..(2 * changed)]);
        Assert.Empty(hashes[(2 * changed)..].Intersect(others));
    }

    [Fact]
    public void Weights_outside_the_graph_count_by_their_hash()
    {
        var model = Model();
        var name = model.Graph.Node[2].Input[1];

        var one = Hashes(model, new() { [name] = ByteString.CopyFromUtf8("one") });
        var other = Hashes(model, new() { [name] = ByteString.CopyFromUtf8("other") });

        Assert.Equal(one[..2], other[..2]);
        Assert.Empty(one[2..].Intersect(other));
    }

    [Fact]
    public void Everything_that_a_result_depends_on_changes_the_hashes()
    {
        var models = Enumerable.Range(0, 7).Select(_ => Model()).ToList();
        models[1].Graph.Node[0].OpType = "ConvTranspose";
        models[2].Graph.Node[0].Domain = "com.microsoft.nchwc";
        models[3].Graph.Node[0].Attribute[0].Ints[0]++;
        models[4].OpsetImport[0].Version++;
        models[5].Graph.Input[0].Type.TensorType.Shape.Dim[2].DimValue++;
        models[6].Graph.Node[0].Input.Add("");

        var hashes = models.SelectMany(model => Hashes(model)[..1]).ToList();
        hashes.AddRange(Hashes(models[0], machine: "another machine")[..1]);

        Assert.Equal(hashes.Count, hashes.Distinct().Count());
    }

    [Fact]
    public void Cuts_are_where_much_is_computed_or_the_value_shrinks()
    {
        var network = Network.Of(Model())!;

        // A convolution makes 64 channels of 3 or 64, with 3 x 3 weights.
        var cuts = Find(network, side: 64);

        Assert.Equal([0, 2, 4], cuts.Select(cut => network.Values.IndexOf(cut.Value)));
        Assert.Equal(64 * 64 * 64 * 3 * 9, cuts[0].Work);
        Assert.Equal(cuts.Select(cut => cut.Work).Order(), cuts.Select(cut => cut.Work));
    }

    [Fact]
    public void Small_networks_and_large_values_are_not_cut()
    {
        var network = Network.Of(Model())!;

        Assert.Empty(Find(network, side: 4));
        // 64 channels of 128 x 128 values take 4 MiB, eight times the input.
        Assert.Empty(Find(network, side: 128));
    }

    [Fact]
    public void Absurd_sizes_are_no_error()
    {
        var network = Network.Of(Model())!;
        var sizes = network.Values.Select(IReadOnlyList<long> (_) => [long.MaxValue, long.MaxValue, 0, -5]).ToList();

        Assert.NotNull(CutPoints.Find(network, sizes, InputBytes, HashesOf(network)));
    }

    private static IReadOnlyList<CutPoint> Find(Network network, int side) => CutPoints.Find(
        network, [.. network.Values.Select(IReadOnlyList<long> (_) => [1, 64, side, side])], InputBytes,
        HashesOf(network));

    private static IReadOnlyDictionary<string, ByteString> HashesOf(Network network) =>
        ValueHashes.Of(network, Machine, new Dictionary<string, ByteString>());

    private static List<ByteString> Hashes(
        ModelProto model, Dictionary<string, ByteString>? tensors = null, string machine = Machine)
    {
        var network = Network.Of(model)!;
        var hashes = ValueHashes.Of(network, machine, tensors ?? []);
        return network.Values.ConvertAll(value => hashes[value]);
    }

    /// <summary>Three convolutions with ReLU.</summary>
    private static ModelProto Model(int changed = -1)
    {
        var graph = new GraphBuilder();
        var value = graph.Input("input", GraphBuilder.Float, -1, 3, 16, 16);
        var from = 3;
        for (var i = 0; i < 3; i++)
        {
            var weights = graph.Weights([.. Enumerable.Repeat(i == changed ? 2f : 1f, 64 * from * 9)], 64, from, 3, 3);
            value = graph.Node(
                "Conv", [value, weights], GraphBuilder.Ints("pads", 1, 1, 1, 1), GraphBuilder.Int("group", 1));
            value = graph.Node("Relu", [value]);
            from = 64;
        }

        graph.NodeTo("scores", "Flatten", [value]).Output("scores", GraphBuilder.Float, -1, 10);
        return ModelProto.Parser.ParseFrom(graph.ToBytes());
    }
}
