using System.Runtime.InteropServices;
using ServerlessMme.Onnx.Outline;

namespace ServerlessMme.Onnx.Store;

/// <summary>
/// Writes the large dense layers of an optimized graph as convolutions of one pixel, over an image that is one pixel
/// high and as wide as the batch:
/// <code>
/// [batch, K] ─► Transpose ─► Reshape [1, K, 1, batch] ─► Conv 1×1 ─► activation ─► Reshape [N, batch] ─► Transpose
/// </code>
/// ONNX Runtime reorders the weights of a matrix product in every session, which is a second copy of them. Those of a
/// convolution it reorders once, when it optimizes the graph, so one copy serves. It runs faster, too.
/// </summary>
internal sealed class DenseLayers
{
    /// <summary>Smaller ones are not worth it: the steps around a convolution take two microseconds.</summary>
    private const long LeastBytes = 64 << 10;

    /// <summary>A convolution's weights are padded to blocks of 16 filters, and reordered for so many channels.</summary>
    private const int Block = 16;

    /// <summary>Channels that ONNX Runtime reorders: a multiple of this.</summary>
    private const int Channels = 4;

    /// <summary>Padding may take this share more than the weights.</summary>
    private const double MostPadding = 1.1;

    private const int LeastOpset = 5;
    private const int Float = 1;
    private const int Int64 = 7;
    private const int Ints = 7;
    private static readonly string[] Activations = ["Relu", "Sigmoid", "Tanh"];

    private readonly GraphProto _graph;
    private readonly Dictionary<string, TensorProto> _tensors;
    private readonly HashSet<string> _names;
    private readonly TensorFile _file;

    private DenseLayers(GraphProto graph, TensorFile file)
    {
        _graph = graph;
        _file = file;
        _tensors = graph.Initializer.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        _names = [.. graph.Node.SelectMany(node => node.Input.Concat(node.Output)), .. _tensors.Keys];
    }

    /// <summary>Rewrites the graph. False, and nothing changes, when it has no such layer.</summary>
    /// <param name="model">Its large tensors are in files.</param>
    /// <param name="file">Has the values of these tensors, and takes those of new ones.</param>
    public static bool Rewrite(ModelProto model, TensorFile file)
    {
        var opset = model.OpsetImport.FirstOrDefault(import => import.Domain.Length == 0)?.Version ?? 0;
        if (opset < LeastOpset || model.Graph.Initializer.DistinctBy(tensor => tensor.Name).Count()
            < model.Graph.Initializer.Count)
        {
            return false;
        }

        var layers = new DenseLayers(model.Graph, file);
        var found = model.Graph.Node.Where(layers.IsLarge).ToList();
        foreach (var node in found)
        {
            layers.Replace(node);
        }

        layers.RemoveUnused();
        return found.Count > 0;
    }

    private bool IsLarge(NodeProto node) =>
        node is { OpType: "Gemm" or "FusedGemm", Input.Count: 2 or 3, Output.Count: 1 }
        && node.Attribute.All(IsPlain)
        && _tensors.TryGetValue(node.Input[1], out var weights)
        && weights is { DataType: Float, Dims: [> 0 and var rows, > 0 and var columns] }
        && _file.Has(weights)
        && rows * columns * sizeof(float) >= LeastBytes
        && (IsTransposed(node) ? (columns, rows) : (rows, columns)) is var (inputs, outputs)
        && inputs % Channels == 0
        && Padded(inputs) * Padded(outputs) <= MostPadding * inputs * outputs
        && (Bias(node) is not { } name || (_tensors.TryGetValue(name, out var bias)
            && bias.DataType == Float && bias.Dims is [.., var width] && width == outputs
            && bias.Dims.Take(bias.Dims.Count - 1).All(size => size == 1)));

    private static bool IsPlain(AttributeProto attribute) => attribute.Name switch
    {
        "alpha" or "beta" => attribute.F == 1,
        "transA" => attribute.I == 0,
        "transB" => attribute.I is 0 or 1,
        "activation" => Activations.Contains(attribute.S.ToStringUtf8()),
        _ => false,
    };

    private void Replace(NodeProto node)
    {
        var weights = _tensors[node.Input[1]];
        var isTransposed = IsTransposed(node);
        var (inputs, outputs) = isTransposed ? (weights.Dims[1], weights.Dims[0]) : (weights.Dims[0], weights.Dims[1]);
        var filters = Declare(weights, outputs, inputs, 1, 1);
        if (!isTransposed)
        {
            _file.AddTransposed(filters, weights, (int)inputs, (int)outputs);
        }

        var place = _graph.Node.IndexOf(node);
        _graph.Node.RemoveAt(place);
        var value = Make("Transpose", [node.Input[0]], List("perm", 1, 0));
        value = Make("Reshape", [value, Shape(1, inputs, 1, -1)]);
        value = Make("Conv", Bias(node) is { } bias
            ? [value, filters.Name, Declare(_tensors[bias], outputs).Name]
            : [value, filters.Name], List("kernel_shape", 1, 1));
        if (node.Attribute.FirstOrDefault(attribute => attribute.Name == "activation") is { } activation)
        {
            value = Make(activation.S.ToStringUtf8(), [value]);
        }

        value = Make("Reshape", [value, Shape(outputs, -1)]);
        Make("Transpose", [value], List("perm", 1, 0));
        _graph.Node[place - 1].Output[0] = node.Output[0];

        string Make(string type, string[] input, params AttributeProto[] attributes)
        {
            var made = new NodeProto { OpType = type, Name = NewName(node.Output[0]) };
            made.Input.AddRange(input);
            made.Output.Add(made.Name);
            made.Attribute.AddRange(attributes);
            _graph.Node.Insert(place++, made);
            return made.Name;
        }
    }

    /// <summary>The same values with other sizes, under a name of their own.</summary>
    private TensorProto Declare(TensorProto values, params long[] sizes)
    {
        var declared = values.Clone();
        declared.Name = NewName(values.Name);
        declared.Dims.Clear();
        declared.Dims.AddRange(sizes);
        _graph.Initializer.Add(declared);
        return declared;
    }

    private string Shape(params long[] sizes)
    {
        var shape = new TensorProto { Name = NewName("shape"), DataType = Int64, Dims = { sizes.Length } };
        _file.Add(shape, MemoryMarshal.AsBytes(sizes.AsSpan()));
        _graph.Initializer.Add(shape);
        return shape.Name;
    }

    private string NewName(string start)
    {
        var name = start;
        for (var i = 1; !_names.Add(name); i++)
        {
            name = $"{start}/dense{i}";
        }

        return name;
    }

    /// <summary>ONNX Runtime would warn of them, and keep their values.</summary>
    private void RemoveUnused()
    {
        var used = _graph.Node.SelectMany(node => node.Input).Concat(_graph.Output.Select(output => output.Name))
            .ToHashSet(StringComparer.Ordinal);
        foreach (var tensor in _graph.Initializer.Where(tensor => !used.Contains(tensor.Name)).ToList())
        {
            _graph.Initializer.Remove(tensor);
        }
    }

    private static bool IsTransposed(NodeProto node) =>
        node.Attribute.FirstOrDefault(attribute => attribute.Name == "transB")?.I == 1;

    private static string? Bias(NodeProto node) => node.Input is [_, _, { Length: > 0 } bias] ? bias : null;

    private static double Padded(long size) => (size + Block - 1) / Block * (double)Block;

    private static AttributeProto List(string name, params long[] values) =>
        new() { Name = name, Type = Ints, Ints = { values } };
}
