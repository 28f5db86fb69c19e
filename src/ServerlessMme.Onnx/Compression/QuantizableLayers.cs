using ServerlessMme.Onnx.Compression.Proto;

namespace ServerlessMme.Onnx.Compression;

/// <summary>A dense layer whose weights can be stored in eight bits.</summary>
/// <param name="Node">Gemm or MatMul; its first input is what it multiplies.</param>
/// <param name="Weights">[inputs, outputs], or [outputs, inputs] if they are transposed.</param>
/// <param name="IsTransposed">True if the weights are [outputs, inputs].</param>
/// <param name="IsNonNegative">True if none of the input values is negative, as after ReLU.</param>
internal sealed record QuantizableLayer(NodeProto Node, TensorProto Weights, bool IsTransposed, bool IsNonNegative)
{
    public int Inputs => (int)Weights.Dims[IsTransposed ? 1 : 0];

    public int Outputs => (int)Weights.Dims[IsTransposed ? 0 : 1];

    /// <summary>The name of the values that are added to the product; null if there are none.</summary>
    public string? Bias => Node.OpType == "Gemm" && Node.Input.Count > 2 && Node.Input[2].Length > 0
        ? Node.Input[2]
        : null;
}

/// <summary>Finds the dense layers of a network that are worth compressing.</summary>
internal static class QuantizableLayers
{
    /// <summary>Smaller weights stay as they are, because compressing them saves next to nothing.</summary>
    public const int MinBytes = 64 << 10;

    /// <summary>The operators of a compressed layer have had the same meaning since this version.</summary>
    public const long MinOpset = 11;

    // With more inputs, the sum of products of 255 and 63 may not fit into 32 bits.
    private const int MaxInputs = 130_000;

    private const int Float = 1;

    private static readonly HashSet<string> NeverNegative = ["Relu", "Sigmoid", "Softmax", "Abs"];

    // Each output value is an input value, or a mean of some.
    private static readonly HashSet<string> KeepsSign =
    [
        "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Transpose", "Identity", "Dropout", "MaxPool", "AveragePool",
        "GlobalAveragePool", "GlobalMaxPool",
    ];

    public static IReadOnlyList<QuantizableLayer> Find(ModelProto model)
    {
        if (model.OpsetImport.Any(opset => IsStandard(opset.Domain) && opset.Version < MinOpset))
        {
            return [];
        }

        var graph = model.Graph;
        // An invalid file may have two tensors with the same name.
        var weights = graph.Initializer.GroupBy(tensor => tensor.Name, StringComparer.Ordinal)
            .Where(same => same.Count() == 1)
            .ToDictionary(same => same.Key, same => same.Single(), StringComparer.Ordinal);
        var makers = graph.Node.SelectMany(node => node.Output.Select(output => (Output: output, Node: node)))
            .DistinctBy(made => made.Output)
            .ToDictionary(made => made.Output, made => made.Node, StringComparer.Ordinal);
        var layers = graph.Node.Select(node => Read(node, weights, makers)).OfType<QuantizableLayer>().ToList();
        var elsewhere = UsedElsewhere(
            graph, new HashSet<NodeProto>(layers.Select(layer => layer.Node), ReferenceEqualityComparer.Instance));
        return [.. layers.Where(layer => !elsewhere.Contains(layer.Weights.Name))];
    }

    private static QuantizableLayer? Read(
        NodeProto node, Dictionary<string, TensorProto> weights, Dictionary<string, NodeProto> makers)
    {
        if (!IsStandard(node.Domain) || node.Input.Count < 2 || node.Output.Count != 1
            || !weights.TryGetValue(node.Input[1], out var tensor) || !IsMatrix(tensor))
        {
            return null;
        }

        var isTransposed = node.OpType == "Gemm" && Integer(node, "transB") != 0;
        var isDense = node.OpType switch
        {
            "MatMul" => true,
            "Gemm" => Integer(node, "transA") == 0 && Number(node, "alpha") == 1 && Number(node, "beta") == 1,
            _ => false,
        };
        return isDense && tensor.Dims[isTransposed ? 1 : 0] <= MaxInputs
            ? new QuantizableLayer(node, tensor, isTransposed, IsNonNegative(node.Input[0], makers))
            : null;
    }

    private static bool IsStandard(string domain) => domain is "" or "ai.onnx";

    private static bool IsMatrix(TensorProto tensor)
    {
        if (tensor.DataType != Float || tensor.Dims is not [var rows, var columns]
            || rows is < 1 or > int.MaxValue || columns is < 1 or > int.MaxValue)
        {
            return false;
        }

        var bytes = rows * columns * sizeof(float);
        return bytes >= MinBytes && bytes <= int.MaxValue
            && bytes == (tensor.HasRawData ? tensor.RawData.Length : tensor.FloatData.Count * (long)sizeof(float));
    }

    private static long Integer(NodeProto node, string attribute) =>
        node.Attribute.FirstOrDefault(each => each.Name == attribute)?.I ?? 0;

    private static float Number(NodeProto node, string attribute) =>
        node.Attribute.FirstOrDefault(each => each.Name == attribute)?.F ?? 1;

    private static bool IsNonNegative(string value, Dictionary<string, NodeProto> makers)
    {
        for (var steps = 0; steps < 10 && makers.TryGetValue(value, out var node); steps++)
        {
            if (!IsStandard(node.Domain) || node.Input.Count == 0)
            {
                return false;
            }

            if (NeverNegative.Contains(node.OpType))
            {
                return true;
            }

            if (!KeepsSign.Contains(node.OpType) || node.Output[0] != value)
            {
                return false;
            }

            value = node.Input[0];
        }

        return false;
    }

    /// <summary>Returns the names that are used anywhere other than in the multiplication of a dense layer.</summary>
    private static HashSet<string> UsedElsewhere(GraphProto graph, HashSet<NodeProto> layers)
    {
        var names = graph.Output.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var node in graph.Node)
        {
            names.UnionWith(layers.Contains(node) ? node.Input.Where((_, place) => place != 1) : node.Input);
            names.UnionWith(ValueNames.Inside(node));
        }

        return names;
    }
}
