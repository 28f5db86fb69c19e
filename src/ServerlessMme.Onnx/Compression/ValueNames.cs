using ServerlessMme.Onnx.Compression.Proto;

namespace ServerlessMme.Onnx.Compression;

/// <summary>The names of a graph's values and tensors.</summary>
internal static class ValueNames
{
    /// <summary>Every name, including those in subgraphs.</summary>
    public static IEnumerable<string> All(GraphProto graph) =>
        graph.Node.SelectMany(node => node.Input.Concat(node.Output).Append(node.Name).Concat(Inside(node)))
            .Concat(graph.Initializer.Select(tensor => tensor.Name))
            .Concat(graph.Input.Concat(graph.Output).Select(value => value.Name));

    /// <summary>Names in the graphs of an operator such as If, which may use values around them.</summary>
    public static IEnumerable<string> Inside(NodeProto node) => node.Attribute
        .SelectMany(attribute => attribute.G is { } single ? attribute.Graphs.Prepend(single) : attribute.Graphs)
        .SelectMany(All);
}
