using ServerlessMme.Onnx.Outline;
using ServerlessMme.Onnx.Trunks;
using ServerlessMme.Testing.Graphs;

namespace ServerlessMme.Onnx.Tests.Trunks;

public sealed class NetworkTests
{
    [Fact]
    public void Values_of_a_chain_are_all_narrow_but_the_output()
    {
        var graph = Builder(out var input);
        var first = graph.Node("Relu", [input]);
        var second = graph.Node("Relu", [first]);

        var network = Network.Of(End(graph, second))!;

        Assert.Equal([first, second], network.NarrowValues);
    }

    [Fact]
    public void Value_beside_a_shortcut_is_not_narrow()
    {
        var graph = Builder(out var input);
        var before = graph.Node("Relu", [input]);
        var inner = graph.Node("Relu", [before]);
        var sum = graph.Node("Add", [before, inner]);

        var network = Network.Of(End(graph, sum))!;

        Assert.Equal([before, sum], network.NarrowValues);
        Assert.Contains(inner, network.Values);
    }

    [Fact]
    public void Value_that_an_output_of_its_own_leads_around_is_not_narrow()
    {
        var graph = Builder(out var input);
        var before = graph.Node("Relu", [input]);
        var behind = graph.Node("Relu", [before]);
        var model = End(graph, behind);
        model.Graph.Output.Add(new ValueInfoProto { Name = before });

        Assert.Empty(Network.Of(model)!.NarrowValues);
    }

    [Fact]
    public void What_is_computed_from_tensors_alone_is_no_way_around()
    {
        var graph = Builder(out var input);
        var constant = graph.Node("Relu", [graph.Scalar(1)]);
        var first = graph.Node("Relu", [input]);
        var second = graph.Node("Add", [first, constant]);

        Assert.Equal([first, second], Network.Of(End(graph, second))!.NarrowValues);
    }

    [Fact]
    public void Sizes_computed_from_the_input_are_a_way_around()
    {
        var graph = Builder(out var input);
        var sizes = graph.Node("Shape", [input]);
        var first = graph.Node("Relu", [input]);
        var second = graph.Node("Reshape", [first, sizes]);

        Assert.Equal([second], Network.Of(End(graph, second))!.NarrowValues);
    }

    [Theory]
    [InlineData("two inputs")]
    [InlineData("no input")]
    [InlineData("dangling input")]
    [InlineData("cycle")]
    [InlineData("value made twice")]
    [InlineData("tensor made twice")]
    [InlineData("unknown output")]
    [InlineData("subgraph")]
    [InlineData("function")]
    [InlineData("no graph")]
    public void Model_that_cannot_be_cut_is_left_alone(string defect)
    {
        var graph = Builder(out var input);
        var model = End(graph, graph.Node("Relu", [graph.Node("Relu", [input])]));
        var nodes = model.Graph.Node;
        switch (defect)
        {
            case "two inputs":
                model.Graph.Input.Add(new ValueInfoProto { Name = "other" });
                break;
            case "no input":
                model.Graph.Input.Clear();
                break;
            case "dangling input":
                nodes[1].Input.Add("nowhere");
                break;
            case "cycle":
                nodes[0].Input.Add(nodes[1].Output[0]);
                break;
            case "value made twice":
                nodes[1].Output[0] = nodes[0].Output[0];
                break;
            case "tensor made twice":
                model.Graph.Initializer.Add([new TensorProto { Name = "w" }, new TensorProto { Name = "w" }]);
                break;
            case "unknown output":
                model.Graph.Output[0].Name = "nowhere";
                break;
            case "subgraph":
                nodes[0].Attribute.Add(new AttributeProto { Name = "body", G = new GraphProto() });
                break;
            case "function":
                model.Functions.Add(new FunctionProto());
                break;
            default:
                model.Graph = null;
                break;
        }

        Assert.Null(Network.Of(model));
    }

    private static GraphBuilder Builder(out string input)
    {
        var graph = new GraphBuilder();
        input = graph.Input("input", GraphBuilder.Float, -1, 3);
        return graph;
    }

    private static ModelProto End(GraphBuilder graph, string value) => ModelProto.Parser.ParseFrom(
        graph.NodeTo("scores", "Softmax", [value]).Output("scores", GraphBuilder.Float, -1, 3).ToBytes());
}
