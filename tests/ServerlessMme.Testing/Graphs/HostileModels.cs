using ServerlessMme.Testing.Graphs.Proto;

namespace ServerlessMme.Testing.Graphs;

/// <summary>
/// Files of a few hundred bytes that hang or take all memory. They take images of 4 × 2 pixels, channels first, and
/// give 3 scores.
/// </summary>
public static class HostileModels
{
    private const int Bool = 9;
    private const int FourGiB = 1 << 30;

    /// <summary>All of them, by what they do.</summary>
    public static IReadOnlyDictionary<string, byte[]> All { get; } = new Dictionary<string, byte[]>
    {
        ["endless"] = Endless(),
        ["endless-and-growing"] = Growing(),
        ["four-gib-at-load"] = LargeAtLoad(),
        ["four-gib-at-run"] = LargeAtRun(),
        ["endless-and-empty"] = EmptyBody(),
    };

    /// <summary>The means of the channels: a model with nothing against it.</summary>
    public static byte[] Harmless() => Means(out var means).NodeTo("scores", "Identity", [means]).Scored();

    /// <summary>A loop without an end.</summary>
    public static byte[] Endless() => Looping(body => body.NodeTo("next", "Sqrt", ["state"]));

    /// <summary>A loop without an end, which keeps another MiB in each round.</summary>
    public static byte[] Growing()
    {
        var graph = Means(out var means);
        var body = Body(3);
        body.NodeTo("next", "Sqrt", ["state"]);
        body.NodeTo("kept", "ConstantOfShape", [body.Integers(1 << 18)]);
        body.Output("next", GraphBuilder.Float, -1, 3).Output("kept", GraphBuilder.Float, 1 << 18);
        var loop = Loop(graph, "", body, means, "kept");
        var kept = graph.Node("ReduceMean", [loop.Output[1]], GraphBuilder.Int("keepdims", 0));
        return graph.NodeTo("scores", "Add", [loop.Output[0], kept]).Scored();
    }

    /// <summary>A constant of 4 GiB, which the optimizer computes.</summary>
    public static byte[] LargeAtLoad()
    {
        var graph = Means(out var means);
        var large = graph.Node("ConstantOfShape", [graph.Integers(FourGiB)]);
        var mean = graph.Node("ReduceMean", [large], GraphBuilder.Int("keepdims", 0));
        return graph.NodeTo("scores", "Add", [means, mean]).Scored();
    }

    /// <summary>4 GiB for each image of a run.</summary>
    public static byte[] LargeAtRun()
    {
        var graph = Means(out var means);
        var size = graph.Node("Mul", [graph.Node("Shape", [means]), graph.Integers(FourGiB, 1)]);
        var mean = graph.Node(
            "ReduceMean", [graph.Node("Expand", [graph.Scalar(1), size])], GraphBuilder.Int("keepdims", 0));
        return graph.NodeTo("scores", "Add", [means, mean]).Scored();
    }

    /// <summary>A loop without an end and without an operator, which nothing interrupts.</summary>
    public static byte[] EmptyBody() => Looping(_ => { }, "state");

    /// <summary>Harmless for a dark image. Without an end for one with a value above 4.</summary>
    public static byte[] EndlessOnBright()
    {
        var graph = Means(out var means);
        var max = graph.Node("ReduceMax", [means], GraphBuilder.Int("keepdims", 0));
        var rounds = graph.Node("Mul", [graph.Node("Floor", [graph.Node("Mul", [max, graph.Scalar(0.25f)])]),
            graph.Scalar(1e15f)]);
        var count = graph.Node("Cast", [rounds], GraphBuilder.Int("to", GraphBuilder.Int64));
        var body = Body(3);
        body.NodeTo("next", "Sqrt", ["state"]).Output("next", GraphBuilder.Float, -1, 3);
        var loop = Loop(graph, count, body, means);
        return graph.NodeTo("scores", "Identity", [loop.Output[0]]).Scored();
    }

    /// <summary>Harmless, with so many values for each image between two operators.</summary>
    public static byte[] Wide(int values)
    {
        var graph = Means(out var means);
        var shape = graph.Node("Concat",
            [graph.Node("Shape", [means]), graph.Integers(values / 3)], GraphBuilder.Int("axis", 0));
        var wide = graph.Node("Expand", [graph.Node("Unsqueeze", [means, graph.Integers(2)]), shape]);
        return graph
            .NodeTo("scores", "ReduceMean", [wide], GraphBuilder.Ints("axes", 2), GraphBuilder.Int("keepdims", 0))
            .Scored();
    }

    private static byte[] Looping(Action<GraphBuilder> fill, string result = "next")
    {
        var graph = Means(out var means);
        var body = Body(3);
        fill(body);
        body.Output(result, GraphBuilder.Float, -1, 3);
        var loop = Loop(graph, "", body, means);
        return graph.NodeTo("scores", "Identity", [loop.Output[0]]).Scored();
    }

    private static GraphBuilder Means(out string means)
    {
        var graph = new GraphBuilder();
        means = graph.Node("ReduceMean", [graph.Input("input", GraphBuilder.Float, -1, 3, 2, 4)],
            GraphBuilder.Ints("axes", 2, 3), GraphBuilder.Int("keepdims", 0));
        return graph;
    }

    private static byte[] Scored(this GraphBuilder graph) =>
        graph.Output("scores", GraphBuilder.Float, -1, 3).ToBytes();

    /// <summary>A body that goes on as long as it was told to.</summary>
    private static GraphBuilder Body(int scores)
    {
        var body = new GraphBuilder();
        body.Input("round", GraphBuilder.Int64);
        body.Input("go", Bool);
        body.Input("state", GraphBuilder.Float, -1, scores);
        return body.Output("go", Bool);
    }

    private static NodeProto Loop(
        GraphBuilder graph, string rounds, GraphBuilder body, string state, params string[] kept)
    {
        var go = new TensorProto
        {
            Name = "always",
            DataType = Bool,
            RawData = Google.Protobuf.ByteString.CopyFrom([1]),
        };
        graph.Model.Graph.Initializer.Add(go);
        body.Model.Graph.Name = "body";
        foreach (var node in body.Model.Graph.Node)
        {
            // Names in a subgraph must differ from those around it.
            node.Name = "body-" + node.Name;
        }

        var loop = new NodeProto
        {
            OpType = "Loop",
            Name = "loop",
            Input = { rounds, go.Name, state },
            Output = { "final" },
            Attribute = { new AttributeProto { Name = "body", Type = 5, G = body.Model.Graph } },
        };
        loop.Output.Add(kept);
        graph.Model.Graph.Node.Add(loop);
        return loop;
    }
}
