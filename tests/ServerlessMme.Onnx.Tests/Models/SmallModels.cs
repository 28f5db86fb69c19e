using ServerlessMme.Testing.Graphs;
using ServerlessMme.Testing.Graphs.Proto;

namespace ServerlessMme.Onnx.Tests.Models;

/// <summary>Models small enough to say what their scores must be.</summary>
internal static class SmallModels
{
    /// <summary>Scores are the means of the image's three channels: an image of 4 × 2 pixels, channels first.</summary>
    public static GraphBuilder ChannelMeans(int batch = -1, int type = GraphBuilder.Float)
    {
        var graph = new GraphBuilder();
        var input = graph.Input("input", type, batch, 3, 2, 4);
        if (type != GraphBuilder.Float)
        {
            input = graph.Node("Cast", [input], GraphBuilder.Int("to", GraphBuilder.Float));
        }

        return graph
            .NodeTo("scores", "ReduceMean", [input], GraphBuilder.Ints("axes", 2, 3), GraphBuilder.Int("keepdims", 0))
            .Output("scores", GraphBuilder.Float, batch, 3);
    }

    /// <summary>The means of the channels, in and out as float16.</summary>
    public static GraphBuilder Halves()
    {
        var graph = new GraphBuilder();
        return graph
            .NodeTo("scores", "ReduceMean", [graph.Input("input", GraphBuilder.Float16, -1, 3, 2, 4)],
                GraphBuilder.Ints("axes", 2, 3), GraphBuilder.Int("keepdims", 0))
            .Output("scores", GraphBuilder.Float16, -1, 3);
    }

    /// <summary>The means of the channels as another type.</summary>
    public static GraphBuilder MeansAs(int type)
    {
        var graph = ChannelMeans();
        graph.Model.Graph.Node[^1].Output[0] = "means";
        graph.Model.Graph.Output.Clear();
        return graph.NodeTo("scores", "Cast", ["means"], GraphBuilder.Int("to", type)).Output("scores", type, -1, 3);
    }

    /// <summary>The means of a gray image's two rows: [images, height, width].</summary>
    public static GraphBuilder RowMeans()
    {
        var graph = new GraphBuilder();
        return graph
            .NodeTo("scores", "ReduceMean", [graph.Input("input", GraphBuilder.Float, -1, 2, 4)],
                GraphBuilder.Ints("axes", 2), GraphBuilder.Int("keepdims", 0))
            .Output("scores", GraphBuilder.Float, -1, 2);
    }

    /// <summary>The means of the channels of one image, without a dimension for the number of images.</summary>
    public static GraphBuilder OneImage()
    {
        var graph = new GraphBuilder();
        return graph
            .NodeTo("scores", "ReduceMean", [graph.Input("input", GraphBuilder.Float, 3, 2, 4)],
                GraphBuilder.Ints("axes", 1, 2), GraphBuilder.Int("keepdims", 0))
            .Output("scores", GraphBuilder.Float, 3);
    }

    /// <summary>The means of the channels behind ZipMap, beside the label of the largest.</summary>
    public static GraphBuilder Zipped()
    {
        var graph = ChannelMeans();
        graph.Model.Graph.Node[^1].Output[0] = "means";
        graph.Model.Graph.Output.Clear();
        return graph
            .NodeTo("label", "ArgMax", ["means"], GraphBuilder.Int("axis", 1), GraphBuilder.Int("keepdims", 0))
            .Output("label", GraphBuilder.Int64, -1)
            .ZipMapTo("loss", "means", "red", "green", "blue");
    }

    /// <summary>One score: the mean of all values, as a binary Keras model has one sigmoid output.</summary>
    public static GraphBuilder MeanOfAll(bool open = false)
    {
        var graph = new GraphBuilder();
        var input = graph.Input("input", GraphBuilder.Float, -1, 3, 2, 4);
        var mean = graph.Node(
            "ReduceMean", [input], GraphBuilder.Ints("axes", 1, 2, 3), GraphBuilder.Int("keepdims", 0));
        return graph.NodeTo("scores", "Unsqueeze", [mean, graph.Integers(1)])
            .Output("scores", GraphBuilder.Float, -1, open ? -1 : 1);
    }

    /// <summary>The same, of an image with channels last.</summary>
    public static GraphBuilder ChannelMeansLast()
    {
        var graph = new GraphBuilder();
        var input = graph.Input("input", GraphBuilder.Float, -1, 2, 4, 3);
        return graph
            .NodeTo("scores", "ReduceMean", [input], GraphBuilder.Ints("axes", 1, 2), GraphBuilder.Int("keepdims", 0))
            .Output("scores", GraphBuilder.Float, -1, 3);
    }

    /// <summary>Promises a free first dimension, and has one of 1 within.</summary>
    public static GraphBuilder FalselyFree()
    {
        var graph = new GraphBuilder();
        var input = graph.Input("input", GraphBuilder.Float, -1, 3, 2, 4);
        var one = graph.Node("Reshape", [input, graph.Integers(1, 3, 2, 4)]);
        return graph
            .NodeTo("scores", "ReduceMean", [one], GraphBuilder.Ints("axes", 2, 3), GraphBuilder.Int("keepdims", 0))
            .Output("scores", GraphBuilder.Float, -1, 3);
    }

    /// <summary>
    /// Needs petabytes to run. Its number of scores is open, so that loading runs it once to count them.
    /// </summary>
    public static GraphBuilder Immense()
    {
        var graph = new GraphBuilder();
        var shape = graph.Node("Shape", [graph.Input("input", GraphBuilder.Float, -1, 3, 2, 4)]);
        var immense = graph.Node("Mul", [shape, graph.Integers(4096, 4096, 4096, 4096)]);
        return graph
            .NodeTo("scores", "ReduceMean", [graph.Node("ConstantOfShape", [immense])],
                GraphBuilder.Ints("axes", 2, 3), GraphBuilder.Int("keepdims", 0))
            .Output("scores", GraphBuilder.Float, -1, -1);
    }

    /// <summary>Scores are 1 / mean: infinite for a black image.</summary>
    public static GraphBuilder Reciprocal()
    {
        var graph = ChannelMeans();
        graph.Model.Graph.Node[^1].Output[0] = "means";
        return graph.NodeTo("scores", "Reciprocal", ["means"]);
    }

    /// <summary>Fails at the run, for an image whose first value is at least 4: it is used as an index.</summary>
    public static GraphBuilder FailsOnBright()
    {
        var graph = new GraphBuilder();
        var input = graph.Input("input", GraphBuilder.Float, -1, 3, 2, 4);
        var first = graph.Node(
            "Slice", [input, graph.Integers(0, 0, 0), graph.Integers(1, 1, 1), graph.Integers(1, 2, 3)]);
        var index = graph.Node("Cast", [graph.Node("ReduceMax", [first], GraphBuilder.Int("keepdims", 0))],
            GraphBuilder.Int("to", GraphBuilder.Int64));
        var picked = graph.Node("Gather", [graph.Weights([0, 0, 0, 0], 4), index]);
        var means = graph.Node("ReduceMean", [input], GraphBuilder.Ints("axes", 2, 3), GraphBuilder.Int("keepdims", 0));
        return graph.NodeTo("scores", "Add", [means, picked]).Output("scores", GraphBuilder.Float, -1, 3);
    }

    /// <summary>How many scores there are depends on the image: none for a black one.</summary>
    public static GraphBuilder AsManyScoresAsTheBrightest()
    {
        var graph = new GraphBuilder();
        var input = graph.Input("input", GraphBuilder.Float, -1, 3, 2, 4);
        var means = graph.Node("ReduceMean", [input], GraphBuilder.Ints("axes", 2, 3), GraphBuilder.Int("keepdims", 0));
        var brightest = graph.Node("ReduceMax", [input], GraphBuilder.Int("keepdims", 0));
        var count = graph.Node("Cast", [graph.Node("Reshape", [brightest, graph.Integers(1)])],
            GraphBuilder.Int("to", GraphBuilder.Int64));
        return graph
            .NodeTo("scores", "Slice", [means, graph.Integers(0), count, graph.Integers(1)])
            .Output("scores", GraphBuilder.Float, -1, -1);
    }

    public static void AddOutput(this GraphBuilder graph, string name) => graph
        .NodeTo(name, "Identity", [graph.Model.Graph.Node[^1].Output[0]])
        .Output(name, GraphBuilder.Float, -1, 3);

    /// <summary>An If with two branches, each of which has weights of its own.</summary>
    public static void Conditional(
        this GraphBuilder graph, string output, string input, int rows, int labels, int columns)
    {
        var largest = graph.Node("ReduceMax", [input], GraphBuilder.Int("keepdims", 0));
        var condition = graph.Node("Greater", [largest, graph.Scalar(0.5f)]);
        var branches = new[] { "then_branch", "else_branch" }.Select(name =>
        {
            var branch = new GraphBuilder();
            var wide = branch.Node("MatMul", [input, branch.Weights(Ramp(rows * columns), rows, columns)]);
            branch.NodeTo(name + "_result", "MatMul", [wide, branch.Weights(Ramp(columns * labels), columns, labels)]);
            foreach (var node in branch.Model.Graph.Node)
            {
                Rename(node.Input, name);
                Rename(node.Output, name);
            }

            foreach (var tensor in branch.Model.Graph.Initializer)
            {
                tensor.Name = name + tensor.Name;
            }

            branch.Output(name + "_result", GraphBuilder.Float, -1, labels);
            branch.Model.Graph.Name = name;
            return new AttributeProto { Name = name, Type = 5, G = branch.Model.Graph };
        });
        graph.NodeTo(output, "If", [condition], [.. branches]);

        void Rename(IList<string> names, string prefix)
        {
            for (var i = 0; i < names.Count; i++)
            {
                if (names[i] != input && !names[i].StartsWith(prefix, StringComparison.Ordinal))
                {
                    names[i] = prefix + names[i];
                }
            }
        }
    }

    private static float[] Ramp(int count) => [.. Enumerable.Range(0, count).Select(i => (float)i / count)];
}
