using System.Runtime.InteropServices;
using Google.Protobuf;
using Google.Protobuf.Collections;
using ServerlessMme.Onnx.Outline;

namespace ServerlessMme.Onnx.Store;

/// <summary>
/// Writes the large dense layers of an optimized graph as convolutions of one pixel, over an image that is one pixel
/// high and as wide as the batch:
/// <code>
/// [batch, K] ─► Reshape [1, 1, batch, K] ─► Transpose ─► Conv 1×1 ─► activation ─► Transpose ─► Flatten [batch, N]
/// </code>
/// ONNX Runtime merges the transpositions, from channels last and back, with its reordering of images for convolutions.
/// It reorders the weights of a matrix product in every session, which takes a second copy of them. It reorders the
/// weights of a convolution once, when it optimizes the graph, so one copy is enough. The convolution also runs faster.
/// </summary>
internal sealed class DenseLayers
{
    /// <summary>
    /// Minimum size of a layer's weights. Smaller layers aren't worth it, because the steps around a convolution take
    /// two microseconds.
    /// </summary>
    private const long LeastBytes = 64 << 10;

    /// <summary>A convolution's weights are padded to blocks of 16 filters and 16 channels.</summary>
    private const int Block = 16;

    /// <summary>Images are reordered if their number of channels is a multiple of this.</summary>
    private const int Channels = 4;

    /// <summary>Maximum growth of weights by padding.</summary>
    private const double MostPadding = 1.1;

    private const int LeastOpset = 5;
    private const int Float = 1;
    private const int Int64 = 7;
    private const int Int = 2;
    private const int Ints = 7;
    private const int RawData = 9;
    private static readonly string[] Activations = ["Relu", "Sigmoid", "Tanh"];

    private readonly GraphProto _graph;
    private readonly TensorFile _file;
    private readonly Dictionary<string, TensorProto> _tensors;
    private readonly Dictionary<string, NodeProto> _flattens = new(StringComparer.Ordinal);
    private readonly HashSet<string> _names;
    private readonly Dictionary<string, string> _declared = new(StringComparer.Ordinal);
    private readonly HashSet<string> _replaced = new(StringComparer.Ordinal);
    private readonly List<NodeProto> _nodes = [];
    private int _number;

    private DenseLayers(GraphProto graph, TensorFile file)
    {
        _graph = graph;
        _file = file;
        _tensors = graph.Initializer.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        _names = [.. graph.Node.SelectMany(node => node.Input.Concat(node.Output)), .. _tensors.Keys];
        foreach (var node in graph.Node.Where(node => node is { OpType: "Flatten", Input.Count: 1, Output.Count: 1 }
            && node.Attribute.All(attribute => attribute is { Name: "axis", I: 1 })))
        {
            _flattens[node.Output[0]] = node;
        }
    }

    /// <summary>
    /// Rewrites the graph. Returns false and changes nothing if the graph has no such layer, or if the model has
    /// subgraphs or functions, because these may also use the graph's tensors.
    /// </summary>
    /// <param name="model">A model whose large tensors are in a file.</param>
    /// <param name="file">The values of these tensors. The values of new tensors are added to it.</param>
    public static bool Rewrite(ModelProto model, TensorFile file)
    {
        var opset = model.OpsetImport.FirstOrDefault(import => import.Domain.Length == 0)?.Version ?? 0;
        var graph = model.Graph;
        if (opset < LeastOpset || model.Functions.Count > 0
            || graph.Node.Any(node => node.Attribute.Any(each => each.G is not null || each.Graphs.Count > 0))
            || graph.Initializer.DistinctBy(tensor => tensor.Name).Count() < graph.Initializer.Count)
        {
            return false;
        }

        var layers = new DenseLayers(graph, file);
        foreach (var node in graph.Node)
        {
            if (layers.IsLarge(node))
            {
                layers.Replace(node);
            }
            else
            {
                layers._nodes.Add(node);
            }
        }

        if (layers._replaced.Count == 0)
        {
            return false;
        }

        graph.Node.Clear();
        graph.Node.AddRange(layers._nodes);
        layers.RemoveUnused();
        return true;
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
        var input = node.Input[0];
        if (_flattens.TryGetValue(input, out var flatten))
        {
            // The new Reshape replaces the Flatten.
            input = flatten.Input[0];
            _replaced.Add(flatten.Output[0]);
        }

        var filters = Declare(weights, isTransposed, outputs, inputs, 1, 1);
        var value = Make("Reshape", [input, Shape(1, 1, -1, inputs)]);
        value = Make("Transpose", [value], List("perm", 0, 3, 1, 2));
        value = Make("Conv", Bias(node) is { } bias
            ? [value, filters, Declare(_tensors[bias], true, outputs)]
            : [value, filters], List("kernel_shape", 1, 1));
        if (node.Attribute.FirstOrDefault(attribute => attribute.Name == "activation") is { } activation)
        {
            value = Make(activation.S.ToStringUtf8(), [value]);
        }

        value = Make("Transpose", [value], List("perm", 0, 2, 3, 1));
        Make("Flatten", [value], new AttributeProto { Name = "axis", Type = Int, I = 3 });
        _nodes[^1].Output[0] = node.Output[0];
    }

    private string Make(string type, string[] input, params AttributeProto[] attributes)
    {
        var made = new NodeProto { OpType = type, Name = NewName() };
        made.Input.AddRange(input);
        made.Output.Add(made.Name);
        made.Attribute.AddRange(attributes);
        _nodes.Add(made);
        return made.Name;
    }

    /// <summary>
    /// Declares a tensor with the same values and other sizes, once for all layers that use it. Returns its name.
    /// </summary>
    /// <param name="asTheyAre">If false, the values are transposed.</param>
    private string Declare(TensorProto values, bool asTheyAre, params long[] sizes)
    {
        _replaced.Add(values.Name);
        var key = $"{values.Name}/{asTheyAre}";
        if (_declared.TryGetValue(key, out var name))
        {
            return name;
        }

        var declared = values.Clone();
        declared.Name = NewName();
        declared.Dims.Clear();
        declared.Dims.AddRange(sizes);
        if (!asTheyAre)
        {
            _file.AddTransposed(declared, values, (int)values.Dims[0], (int)values.Dims[1]);
        }

        _graph.Initializer.Add(declared);
        return _declared[key] = declared.Name;
    }

    private string Shape(params long[] sizes)
    {
        // The values must be in the graph itself, where ONNX Runtime looks for them. The outline of a tensor has no
        // values.
        using var values = new MemoryStream();
        using (var output = new CodedOutputStream(values, leaveOpen: true))
        {
            output.WriteTag(RawData, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(MemoryMarshal.AsBytes(sizes.AsSpan())));
        }

        var shape = TensorProto.Parser.ParseFrom(values.ToArray());
        shape.Name = NewName();
        shape.DataType = Int64;
        shape.Dims.Add(sizes.Length);
        _graph.Initializer.Add(shape);
        return shape.Name;
    }

    private string NewName()
    {
        string name;
        do
        {
            name = $"dense{_number++}";
        }
        while (!_names.Add(name));

        return name;
    }

    /// <summary>
    /// Removes nodes and tensors that only the replaced layers used, because ONNX Runtime would keep the tensors.
    /// </summary>
    private void RemoveUnused()
    {
        var used = _graph.Node.SelectMany(node => node.Input).Concat(_graph.Output.Select(output => output.Name))
            .ToHashSet(StringComparer.Ordinal);
        _replaced.ExceptWith(used);
        Keep(_graph.Node, node => !(node.OpType == "Flatten" && _replaced.Contains(node.Output[0])));
        Keep(_graph.Initializer, tensor => !_replaced.Contains(tensor.Name));
        // Old exporters also list tensors as inputs.
        Keep(_graph.Input, input => !(_replaced.Contains(input.Name) && _tensors.ContainsKey(input.Name)));

        static void Keep<T>(RepeatedField<T> all, Func<T, bool> isKept)
        {
            var kept = all.Where(isKept).ToList();
            all.Clear();
            all.AddRange(kept);
        }
    }

    private static bool IsTransposed(NodeProto node) =>
        node.Attribute.FirstOrDefault(attribute => attribute.Name == "transB")?.I == 1;

    private static string? Bias(NodeProto node) => node.Input is [_, _, { Length: > 0 } bias] ? bias : null;

    private static double Padded(long size) => (size + Block - 1) / Block * (double)Block;

    private static AttributeProto List(string name, params long[] values) =>
        new() { Name = name, Type = Ints, Ints = { values } };
}
