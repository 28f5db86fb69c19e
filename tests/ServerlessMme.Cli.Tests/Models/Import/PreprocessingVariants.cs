using System.Runtime.InteropServices;
using Google.Protobuf;
using ServerlessMme.Core.Models.Import;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Graphs;
using ServerlessMme.Testing.Graphs.Proto;

namespace ServerlessMme.Cli.Tests.Models.Import;

/// <summary>The project's CIFAR-10 network, changed so that it wants its input prepared in another way.</summary>
internal static class PreprocessingVariants
{
    private const int Float = 1;
    private const int Side = 32;

    /// <summary>A network with the same answers, whose input has another range, order of channels and layout.</summary>
    public static byte[] Of(ValueRange range, bool isBgr, bool isChannelsLast)
    {
        var path = Repository.PathOf("models", "cifar10", "model.onnx");
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
        var graph = model.Graph;
        var original = graph.Input.Single(input => input.Name == "input");
        graph.Input.Remove(original);
        var current = "pixels";
        graph.Input.Insert(0, Input(current, isChannelsLast));
        var nodes = new List<NodeProto>();
        if (isChannelsLast)
        {
            Add("Transpose", [current], GraphBuilder.Ints("perm", 0, 3, 1, 2));
        }

        // x is (v × scale − mean) / std, and the network wants v / 255.
        int[] order = isBgr ? [2, 1, 0] : [0, 1, 2];
        Add("Mul", [current, Constant("deviation", i => range.Std[order[i]] / (range.Scale * 255))]);
        Add("Add", [current, Constant("mean", i => range.Mean[order[i]] / (range.Scale * 255))]);
        if (isBgr)
        {
            graph.Initializer.Add(GraphBuilder.Tensor(
                "order", GraphBuilder.Int64, MemoryMarshal.AsBytes<long>(new long[] { 2, 1, 0 }), 3));
            Add("Gather", [current, "order"], GraphBuilder.Int("axis", 1));
        }

        nodes[^1].Output[0] = "input";
        for (var i = 0; i < nodes.Count; i++)
        {
            graph.Node.Insert(i, nodes[i]);
        }

        return model.ToByteArray();

        void Add(string type, string[] inputs, params AttributeProto[] attributes)
        {
            var output = $"prepared_{nodes.Count}";
            nodes.Add(new NodeProto
            {
                OpType = type,
                Name = output,
                Input = { inputs },
                Output = { output },
                Attribute = { attributes },
            });
            current = output;
        }

        string Constant(string name, Func<int, double> value)
        {
            var values = Enumerable.Range(0, 3).Select(i => (float)value(i)).ToArray();
            graph.Initializer.Add(GraphBuilder.Tensor(name, Float, MemoryMarshal.AsBytes<float>(values), 1, 3, 1, 1));
            return name;
        }
    }

    /// <summary>The network with a softmax of operators that do not say that they are one.</summary>
    public static byte[] WithHiddenSoftmax()
    {
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(Repository.PathOf("models", "cifar10", "model.onnx")));
        var nodes = model.Graph.Node;
        var softmax = nodes.Single(node => node.OpType == "Softmax");
        nodes.Remove(softmax);
        model.Graph.Initializer.Add(GraphBuilder.Tensor(
            "axes", GraphBuilder.Int64, MemoryMarshal.AsBytes<long>(new long[] { 1 }), 1));
        nodes.Add(new NodeProto { OpType = "Exp", Input = { softmax.Input }, Output = { "powers" } });
        nodes.Add(new NodeProto { OpType = "ReduceSum", Input = { "powers", "axes" }, Output = { "sum" } });
        nodes.Add(new NodeProto { OpType = "Div", Input = { "powers", "sum" }, Output = { softmax.Output } });
        return model.ToByteArray();
    }

    private static ValueInfoProto Input(string name, bool isChannelsLast)
    {
        long[] sizes = isChannelsLast ? [Side, Side, 3] : [3, Side, Side];
        var shape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimParam = "n" } } };
        shape.Dim.AddRange(sizes.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = Float, Shape = shape } },
        };
    }
}
