using ServerlessMme.Onnx.Outline;

namespace ServerlessMme.Onnx.Store;

/// <summary>
/// Removes attributes that have their default value. ONNX Runtime writes them into the graphs that it optimizes, and
/// each session then keeps two copies: 8 of the 120 KiB that a session of the benchmark's CIFAR-10 network takes. When
/// it loads a graph, it gives missing attributes their defaults again.
/// </summary>
internal static class DefaultAttributes
{
    private static readonly HashSet<string> Domains = ["", "com.microsoft", "com.microsoft.nchwc"];

    private static readonly Dictionary<string, AttributeProto[]> Defaults = new(StringComparer.Ordinal)
    {
        ["Conv"] = [Int("group", 1), Text("auto_pad", "NOTSET")],
        ["FusedConv"] = [Int("group", 1), Text("auto_pad", "NOTSET")],
        ["MaxPool"] = [Int("storage_order", 0), Int("ceil_mode", 0), Text("auto_pad", "NOTSET")],
        ["AveragePool"] = [Int("count_include_pad", 0), Int("ceil_mode", 0), Text("auto_pad", "NOTSET")],
        ["Gemm"] = [Float("alpha", 1), Float("beta", 1), Int("transA", 0), Int("transB", 0)],
        ["FusedGemm"] = [Float("alpha", 1), Float("beta", 1), Int("transA", 0), Int("transB", 0)],
        ["Reshape"] = [Int("allowzero", 0)],
        ["ReorderInput"] = [Int("channels_last", 0)],
        ["ReorderOutput"] = [Int("channels_last", 0)],
    };

    public static void Remove(GraphProto graph)
    {
        foreach (var node in graph.Node.Where(node => Domains.Contains(node.Domain)))
        {
            foreach (var value in Defaults.GetValueOrDefault(node.OpType, []))
            {
                // Compares the type too, so nothing but the default itself is equal.
                node.Attribute.Remove(value);
            }
        }
    }

    private static AttributeProto Int(string name, long value) => new() { Name = name, Type = 2, I = value };

    private static AttributeProto Float(string name, float value) => new() { Name = name, Type = 1, F = value };

    private static AttributeProto Text(string name, string value) =>
        new() { Name = name, Type = 3, S = Google.Protobuf.ByteString.CopyFromUtf8(value) };
}
