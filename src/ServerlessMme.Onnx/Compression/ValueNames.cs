using ServerlessMme.Onnx.Compression.Proto;

namespace ServerlessMme.Onnx.Compression;

/// <summary>The names of a graph's values and tensors.</summary>
internal static class ValueNames
{
    /// <summary>Returns every name, including those in subgraphs.</summary>
    public static IEnumerable<string> All(GraphProto graph) =>
        graph.Node.SelectMany(node => node.Input.Concat(node.Output).Append(node.Name).Concat(Inside(node)))
            .Concat(graph.Initializer.Select(tensor => tensor.Name))
            .Concat(graph.Input.Concat(graph.Output).Select(value => value.Name));

    /// <summary>
    /// Returns the names in the subgraphs of an operator such as If, which may use values of the outer graph.
    /// </summary>
    public static IEnumerable<string> Inside(NodeProto node) => node.Attribute
        .SelectMany(attribute => attribute.G is { } single ? attribute.Graphs.Prepend(single) : attribute.Graphs)
        .SelectMany(All);
}
