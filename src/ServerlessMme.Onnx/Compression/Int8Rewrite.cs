using System.Runtime.InteropServices;
using Google.Protobuf;
using ServerlessMme.Onnx.Compression.Proto;

namespace ServerlessMme.Onnx.Compression;

/// <summary>
/// Replaces dense layers of a network with integer arithmetic. Each row of a layer's input is divided by its own
/// largest magnitude, so the scores of an image don't depend on the other images in the batch. DynamicQuantizeMatMul,
/// in contrast, uses one scale for all rows.
/// </summary>
internal sealed class Int8Rewrite
{
    private const string Microsoft = "com.microsoft";
    private const long AxesAreInputFrom = 18;
    private const int Float = 1;
    private const int UInt8 = 2;
    private const int Int8 = 3;
    private const int Int64 = 7;

    private readonly GraphProto _graph;
    private readonly bool _axesAreInput;
    private readonly HashSet<string> _names;
    private readonly Dictionary<(string Weights, bool IsTransposed), (string Values, string Scales)> _stored = [];
    private readonly Dictionary<string, string> _constants = new(StringComparer.Ordinal);
    private readonly List<NodeProto> _nodes = [];

    private Int8Rewrite(ModelProto model)
    {
        _graph = model.Graph;
        _axesAreInput = model.OpsetImport.Any(
            opset => opset.Domain is "" or "ai.onnx" && opset.Version >= AxesAreInputFrom);
        _names = ValueNames.All(_graph).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Changes the model in place.</summary>
    /// <returns>The number of layers that it replaced.</returns>
    public static int Apply(ModelProto model)
    {
        var layers = QuantizableLayers.Find(model);
        return layers.Count == 0 ? 0 : new Int8Rewrite(model).Apply(model, layers);
    }

    private int Apply(ModelProto model, IReadOnlyList<QuantizableLayer> layers)
    {
        var byNode = new Dictionary<NodeProto, QuantizableLayer>(ReferenceEqualityComparer.Instance);
        foreach (var layer in layers.Where(TryStore))
        {
            byNode.Add(layer.Node, layer);
        }

        if (byNode.Count == 0)
        {
            return 0;
        }

        foreach (var node in _graph.Node)
        {
            if (byNode.TryGetValue(node, out var layer))
            {
                Replace(layer);
            }
            else
            {
                _nodes.Add(node);
            }
        }

        _graph.Node.Clear();
        _graph.Node.Add(_nodes);
        var replaced = byNode.Values.Select(layer => layer.Weights.Name).ToHashSet(StringComparer.Ordinal);
        Remove(_graph.Initializer, tensor => replaced.Contains(tensor.Name));
        // Old exporters list every tensor among the inputs.
        Remove(_graph.Input, input => replaced.Contains(input.Name));
        if (model.OpsetImport.All(opset => opset.Domain != Microsoft))
        {
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = Microsoft, Version = 1 });
        }

        return byNode.Count;
    }

    /// <summary>Adds the layer's weights in eight bits. Returns false if they can't be converted.</summary>
    private bool TryStore(QuantizableLayer layer)
    {
        var key = (layer.Weights.Name, layer.IsTransposed);
        if (_stored.ContainsKey(key))
        {
            return true;
        }

        if (Int8Weights.Of(layer) is not { } weights)
        {
            return false;
        }

        _stored[key] = (
            Add(layer.Weights.Name + "_int8", Int8, MemoryMarshal.AsBytes(weights.Values), layer.Inputs, layer.Outputs),
            Add(layer.Weights.Name + "_scale", Float, MemoryMarshal.AsBytes<float>(weights.Scales), layer.Outputs));
        return true;
    }

    /// <summary>
    /// Writes y = (q(x / m) · w) × m + b, where m is the largest magnitude of each row of x, and q rounds to 8 bits.
    /// </summary>
    private void Replace(QuantizableLayer layer)
    {
        var (values, scales) = _stored[(layer.Weights.Name, layer.IsTransposed)];
        var (input, output) = (layer.Node.Input[0], layer.Node.Output[0]);
        var magnitudes = layer.IsNonNegative ? input : Node("Abs", output + "_magnitudes", [input]);
        // The divisor for a row of zeros.
        var least = Constant("least_magnitude", 1e-30f);
        var largest = Node("Max", output + "_largest", [LargestPerRow(magnitudes, output), least]);
        var scaled = Node("Div", output + "_scaled", [input, largest]);
        var scale = layer.IsNonNegative ? Constant("unsigned_scale", 1f / 255) : Constant("signed_scale", 1f / 127);
        var zero = layer.IsNonNegative ? Constant("unsigned_zero", (byte)0) : Constant("signed_zero", (byte)128);
        var rounded = Node("QuantizeLinear", output + "_int8", [scaled, scale, zero]);
        var product = Node(
            "MatMulIntegerToFloat", output + "_product", [rounded, values, scale, scales, zero], Microsoft);
        if (layer.Bias is { } bias)
        {
            product = Node("Mul", output + "_unscaled", [product, largest]);
            _nodes.Add(Operator("Add", output, [product, bias]));
        }
        else
        {
            _nodes.Add(Operator("Mul", output, [product, largest]));
        }
    }

    private string LargestPerRow(string magnitudes, string output)
    {
        var name = Fresh(output + "_row");
        var node = Operator("ReduceMax", name, [magnitudes]);
        node.Attribute.Add(new AttributeProto { Name = "keepdims", Type = 2, I = 1 });
        if (_axesAreInput)
        {
            node.Input.Add(Constant("last_axis", Int64, MemoryMarshal.AsBytes<long>(new[] { -1L }), 1));
        }
        else
        {
            node.Attribute.Add(new AttributeProto { Name = "axes", Type = 7, Ints = { -1 } });
        }

        _nodes.Add(node);
        return name;
    }

    private string Node(string type, string output, IEnumerable<string> inputs, string domain = "")
    {
        var name = Fresh(output);
        _nodes.Add(Operator(type, name, inputs, domain));
        return name;
    }

    private NodeProto Operator(string type, string output, IEnumerable<string> inputs, string domain = "") => new()
    {
        OpType = type,
        Domain = domain,
        Name = Fresh(output + "_node"),
        Input = { inputs },
        Output = { output },
    };

    private string Constant(string name, float value) =>
        Constant(name, Float, MemoryMarshal.AsBytes<float>(new[] { value }));

    private string Constant(string name, byte value) => Constant(name, UInt8, [value]);

    private string Constant(string name, int type, ReadOnlySpan<byte> value, params ReadOnlySpan<long> dims)
    {
        if (!_constants.TryGetValue(name, out var added))
        {
            added = Add(name, type, value, dims);
            _constants.Add(name, added);
        }

        return added;
    }

    private string Add(string name, int type, ReadOnlySpan<byte> value, params ReadOnlySpan<long> dims)
    {
        var added = new TensorProto { Name = Fresh(name), DataType = type, RawData = ByteString.CopyFrom(value) };
        added.Dims.Add(dims.ToArray());
        _graph.Initializer.Add(added);
        return added.Name;
    }

    /// <summary>The name, with a number appended if the network already has it.</summary>
    private string Fresh(string name)
    {
        var fresh = name;
        for (var number = 2; !_names.Add(fresh); number++)
        {
            fresh = $"{name}_{number}";
        }

        return fresh;
    }

    private static void Remove<T>(IList<T> items, Predicate<T> isRemoved)
    {
        for (var i = items.Count - 1; i >= 0; i--)
        {
            if (isRemoved(items[i]))
            {
                items.RemoveAt(i);
            }
        }
    }
}
