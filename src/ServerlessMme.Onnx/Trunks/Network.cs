using ServerlessMme.Onnx.Outline;

namespace ServerlessMme.Onnx.Trunks;

/// <summary>The graph of a model with one input, in the order in which it is computed.</summary>
internal sealed class Network
{
    /// <summary>Maximum number of nodes. Larger graphs are not cut.</summary>
    private const int MaxNodes = 4096;

    private Network(ModelProto model, string input) => (Model, Input) = (model, input);

    public ModelProto Model { get; }

    public string Input { get; }

    /// <summary>All values that depend on the input, except the input itself, in order.</summary>
    public List<string> Values { get; } = [];

    /// <summary>
    /// The values, except the outputs, that every path from the input to an output passes through, in order.
    /// </summary>
    public List<string> NarrowValues { get; } = [];

    /// <summary>
    /// Reads a model's graph. Returns null if the model can't be cut, because it has several inputs, subgraphs or
    /// functions, or because its graph isn't in order.
    /// </summary>
    public static Network? Of(ModelProto model)
    {
        var graph = model.Graph;
        if (graph is null || graph.Node.Count > MaxNodes || graph.SparseInitializer.Count > 0
            || model.Functions.Count > 0 || model.TrainingInfo.Count > 0 || graph.Node.Any(HasSubgraph))
        {
            return null;
        }

        var known = new HashSet<string>(StringComparer.Ordinal) { "" };
        if (!graph.Initializer.All(tensor => known.Add(tensor.Name))
            || graph.Input.Where(input => !known.Contains(input.Name)).ToList() is not [var input])
        {
            return null;
        }

        known.Add(input.Name);
        if (LastUses(graph, known) is not { } lastUses)
        {
            return null;
        }

        var network = new Network(model, input.Name);
        network.Walk(lastUses);
        return network;
    }

    /// <summary>
    /// Returns the position of the last node that uses each value, or null if the graph isn't in order.
    /// </summary>
    private static Dictionary<string, int>? LastUses(GraphProto graph, HashSet<string> known)
    {
        var lastUses = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < graph.Node.Count; i++)
        {
            foreach (var input in graph.Node[i].Input)
            {
                if (!known.Contains(input))
                {
                    return null;
                }

                lastUses[input] = i;
            }

            if (!graph.Node[i].Output.All(output => output.Length == 0 || known.Add(output)))
            {
                return null;
            }
        }

        foreach (var output in graph.Output)
        {
            if (!known.Contains(output.Name))
            {
                return null;
            }

            lastUses[output.Name] = int.MaxValue;
        }

        return lastUses;
    }

    /// <summary>
    /// Finds all values, and the narrow ones. A value is narrow if it is the only one that is still needed once it is
    /// computed. An earlier value that is needed later would be a path around it.
    /// </summary>
    private void Walk(Dictionary<string, int> lastUses)
    {
        var variable = new HashSet<string>(StringComparer.Ordinal) { Input };
        var needed = new HashSet<string>(StringComparer.Ordinal) { Input };
        var nodes = Model.Graph.Node;
        for (var i = 0; i < nodes.Count; i++)
        {
            if (!nodes[i].Input.Any(variable.Contains))
            {
                continue;
            }

            foreach (var output in nodes[i].Output.Where(output => output.Length > 0))
            {
                variable.Add(output);
                Values.Add(output);
                if (lastUses.ContainsKey(output))
                {
                    needed.Add(output);
                }
            }

            needed.RemoveWhere(value => lastUses[value] <= i);
            if (needed.Count == 1 && needed.First() is var only && nodes[i].Output.Contains(only)
                && lastUses[only] != int.MaxValue)
            {
                NarrowValues.Add(only);
            }
        }
    }

    private static bool HasSubgraph(NodeProto node) =>
        node.Attribute.Any(attribute => attribute.G is not null || attribute.Graphs.Count > 0);
}
