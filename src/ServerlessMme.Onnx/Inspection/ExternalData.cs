using System.Globalization;
using ServerlessMme.Onnx.Outline;

namespace ServerlessMme.Onnx.Inspection;

/// <summary>Finds tensors whose values are in another file, wherever a model can hold a tensor.</summary>
internal static class ExternalData
{
    private const int LocationExternal = 1;

    /// <summary>Returns all tensors whose values are in another file.</summary>
    public static IEnumerable<TensorProto> In(ModelProto model) => Tensors(model).Where(IsExternal);

    /// <summary>The file that has the tensor's values, as the tensor names it.</summary>
    public static string Location(TensorProto tensor) => Find(tensor, "location") ?? "";

    /// <summary>The offset of the tensor's values in that file, as ONNX Runtime writes it.</summary>
    public static long Offset(TensorProto tensor) => Number(tensor, "offset");

    /// <summary>The length of the tensor's values in bytes, as ONNX Runtime writes it.</summary>
    public static long Length(TensorProto tensor) => Number(tensor, "length");

    public static bool IsExternal(TensorProto tensor) =>
        tensor.DataLocation == LocationExternal || tensor.ExternalData.Count > 0;

    private static string? Find(TensorProto tensor, string key) =>
        tensor.ExternalData.FirstOrDefault(entry => entry.Key == key)?.Value;

    private static long Number(TensorProto tensor, string key) =>
        Find(tensor, key) is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : 0;

    private static IEnumerable<TensorProto> Tensors(ModelProto model)
    {
        IEnumerable<GraphProto?> graphs =
            [model.Graph, .. model.TrainingInfo.SelectMany(info => new[] { info.Initialization, info.Algorithm })];
        return graphs.OfType<GraphProto>().SelectMany(Tensors)
            .Concat(model.Functions.SelectMany(function => function.Node).SelectMany(Tensors))
            .Concat(model.Functions.SelectMany(function => function.AttributeProto).SelectMany(Tensors));
    }

    private static IEnumerable<TensorProto> Tensors(GraphProto graph) =>
        graph.Initializer
            .Concat(graph.SparseInitializer.SelectMany(Tensors))
            .Concat(graph.Node.SelectMany(Tensors));

    private static IEnumerable<TensorProto> Tensors(NodeProto node) => node.Attribute.SelectMany(Tensors);

    private static IEnumerable<TensorProto> Tensors(AttributeProto attribute)
    {
        IEnumerable<TensorProto?> tensors = [attribute.T, .. attribute.Tensors];
        IEnumerable<SparseTensorProto?> sparse = [attribute.SparseTensor, .. attribute.SparseTensors];
        IEnumerable<GraphProto?> graphs = [attribute.G, .. attribute.Graphs];
        return tensors.OfType<TensorProto>()
            .Concat(sparse.OfType<SparseTensorProto>().SelectMany(Tensors))
            .Concat(graphs.OfType<GraphProto>().SelectMany(Tensors));
    }

    private static IEnumerable<TensorProto> Tensors(SparseTensorProto sparse)
    {
        IEnumerable<TensorProto?> parts = [sparse.Values, sparse.Indices];
        return parts.OfType<TensorProto>();
    }
}
