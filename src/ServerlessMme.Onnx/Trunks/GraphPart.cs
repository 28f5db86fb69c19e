using ServerlessMme.Onnx.Outline;

namespace ServerlessMme.Onnx.Trunks;

/// <summary>A place where a model is cut, and the names of its value.</summary>
/// <param name="Value">The value's name in the whole model.</param>
/// <param name="Name">The value's name in the parts, the same for all models that have this place.</param>
internal sealed record PartEnd(string Value, string Name);

/// <summary>Takes a part out of a graph.</summary>
internal static class GraphPart
{
    /// <summary>
    /// Creates a model from the operators between two places. Returns null if another value already has the name of one
    /// of the places.
    /// </summary>
    /// <param name="from">Null for a part that begins at the model's input.</param>
    /// <param name="fromType">Element type of the value at <paramref name="from"/>, as ONNX's number.</param>
    /// <param name="to">Null for a part that ends at the model's outputs.</param>
    public static ModelProto? Of(Network network, PartEnd? from, int fromType, PartEnd? to)
    {
        var graph = network.Model.Graph;
        var makers = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < graph.Node.Count; i++)
        {
            foreach (var output in graph.Node[i].Output)
            {
                makers[output] = i;
            }
        }

        if ((from is not null && makers.ContainsKey(from.Name)) || (to is not null && makers.ContainsKey(to.Name)))
        {
            return null;
        }

        var part = network.Model.Clone();
        part.Graph = new GraphProto { Name = graph.Name };
        var used = Needed(graph, makers, from, to, part.Graph);
        part.Graph.Initializer.AddRange(graph.Initializer.Where(tensor => used.Contains(tensor.Name)));
        part.Graph.Input.AddRange(from is null
            ? graph.Input.Where(input => input.Name == network.Input)
            : [Declare(from.Name, fromType)]);
        part.Graph.Output.AddRange(to is null ? graph.Output : [new ValueInfoProto { Name = to.Name }]);
        return part;
    }

    /// <summary>Adds the operators that the part needs, and returns all values that it uses.</summary>
    private static HashSet<string> Needed(
        GraphProto graph, Dictionary<string, int> makers, PartEnd? from, PartEnd? to, GraphProto part)
    {
        var used = new HashSet<string>(StringComparer.Ordinal);
        var needed = new SortedSet<int>();
        var open = new Stack<string>(to is null ? graph.Output.Select(output => output.Name) : [to.Value]);
        while (open.TryPop(out var value))
        {
            if (value == from?.Value || !used.Add(value) || !makers.TryGetValue(value, out var maker)
                || !needed.Add(maker))
            {
                continue;
            }

            foreach (var input in graph.Node[maker].Input)
            {
                open.Push(input);
            }
        }

        foreach (var node in needed.Select(i => graph.Node[i].Clone()))
        {
            for (var i = 0; i < node.Input.Count; i++)
            {
                node.Input[i] = node.Input[i] == from?.Value ? from.Name : node.Input[i];
            }

            for (var i = 0; i < node.Output.Count; i++)
            {
                node.Output[i] = node.Output[i] == to?.Value ? to.Name : node.Output[i];
            }

            part.Node.Add(node);
        }

        return used;
    }

    private static ValueInfoProto Declare(string name, int type) => new()
    {
        Name = name,
        Type = new TypeProto { TensorType = new TensorTypeProto { ElemType = type } },
    };
}
