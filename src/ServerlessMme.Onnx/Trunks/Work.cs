using ServerlessMme.Onnx.Outline;

namespace ServerlessMme.Onnx.Trunks;

/// <summary>Estimates how much an operator computes.</summary>
internal static class Work
{
    /// <summary>
    /// Returns the operator's multiply-adds for the given shapes, or the number of its output values if it has no
    /// weights.
    /// </summary>
    /// <param name="shapeOf">Returns the sizes of a value or a tensor; null if they are unknown.</param>
    public static long Of(NodeProto node, Func<string, IReadOnlyList<long>?> shapeOf)
    {
        var made = node.Output.Sum(output => Count(shapeOf(output)));
        var each = node.OpType switch
        {
            "Conv" or "FusedConv" or "NhwcFusedConv" or "ConvInteger" => OfFilter(1),
            "QLinearConv" => OfFilter(3),
            "Gemm" or "FusedGemm" or "MatMul" or "FusedMatMul" or "MatMulInteger" or "QLinearMatMul" =>
                shapeOf(node.Input.FirstOrDefault() ?? "") is [.., var columns] ? columns : 1,
            _ => 1,
        };
        return (long)Math.Min(made * each, 1L << 60);

        double OfFilter(int index) => index < node.Input.Count
            && shapeOf(node.Input[index]) is [> 0 and var filters, ..] weights ? Count(weights) / filters : 1;
    }

    /// <summary>Returns the number of values in a tensor with these sizes.</summary>
    public static double Count(IReadOnlyList<long>? sizes) =>
        sizes?.Aggregate(1.0, (product, size) => product * size) ?? 0;
}
