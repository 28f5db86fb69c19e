using System.Text;
using Google.Protobuf;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Onnx.Tests.Models;
using ServerlessMme.Testing.Graphs;
using ServerlessMme.Testing.Graphs.Proto;
using static ServerlessMme.Onnx.Tests.Models.Loading;

namespace ServerlessMme.Onnx.Tests;

public sealed class InvalidModelTests
{
    public static TheoryData<string> PlacesForATensor { get; } =
    [
        "initializer", "sparse initializer", "attribute", "attribute list", "sparse attribute", "subgraph",
        "subgraph list", "function", "function attribute", "training",
    ];

    [Fact]
    public async Task Bytes_that_are_no_protobuf_are_refused() =>
        Assert.Contains("is not valid protobuf", await RefusalAsync("\xff\xd8 this is a photograph"u8.ToArray()),
            StringComparison.Ordinal);

    [Fact]
    public async Task Model_that_does_not_fit_into_memory_is_refused_with_its_own_code()
    {
        var outcome = await LoadAsync(SmallModels.Immense().ToBytes());

        Assert.Equal(ErrorCode.OutOfMemory, outcome.Refusal?.Code);
        Assert.Contains("memory to load model 'tiny'", outcome.Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Empty_file_is_refused() =>
        Assert.Contains("is empty", await RefusalAsync([]), StringComparison.Ordinal);

    [Theory]
    [InlineData("\r\n<!DOCTYPE html>\r\n<html>", "<!DOCTYPE html>")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid", "version https://git-lfs.github.com/spec/…")]
    public async Task Text_is_refused_with_its_beginning(string text, string start) =>
        Assert.Contains($" is text, not an ONNX file (it begins with '{start}'). Export the model to ONNX again.",
            await RefusalAsync(Encoding.UTF8.GetBytes(text)), StringComparison.Ordinal);

    [Fact]
    public async Task Blank_text_is_no_protobuf() =>
        Assert.Contains("is not valid protobuf", await RefusalAsync("\r\n"u8.ToArray()), StringComparison.Ordinal);

    [Fact]
    public async Task Cut_file_is_refused() =>
        Assert.Contains("is not valid protobuf", await RefusalAsync(SmallModels.ChannelMeans().ToBytes()[..^3]),
            StringComparison.Ordinal);

    [Fact]
    public async Task Model_without_a_graph_is_refused()
    {
        Assert.Contains("has no graph", await RefusalAsync(new ModelProto { IrVersion = 8 }.ToByteArray()),
            StringComparison.Ordinal);
        Assert.Contains("has no graph", await RefusalAsync(new GraphBuilder().ToBytes()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Model_above_the_limit_is_refused() =>
        Assert.Contains("more than the limit of 10. Publish a smaller model, or raise Mme:Onnx:MaxModelBytes.",
            await RefusalAsync(SmallModels.ChannelMeans().ToBytes(), options: new OnnxOptions { MaxModelBytes = 10 }),
            StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(PlacesForATensor))]
    public async Task Tensor_in_another_file_is_refused_wherever_it_hides(string place)
    {
        var graph = SmallModels.ChannelMeans();
        Hide(graph.Model, place, GraphBuilder.External("../../../etc/passwd"));

        var message = await RefusalAsync(graph.ToBytes());

        Assert.Contains("'outside' in another file ('../../../etc/passwd')", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("weights.bin")]
    [InlineData("*/_ORT_MEM_ADDR_/*")]
    [InlineData("")]
    public async Task Tensor_in_any_other_file_is_refused(string location)
    {
        var graph = SmallModels.ChannelMeans();
        graph.Model.Graph.Initializer.Add(GraphBuilder.External(location));

        Assert.Contains($"('{location}')", await RefusalAsync(graph.ToBytes()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Operator_that_the_runtime_does_not_know_is_named()
    {
        var graph = SmallModels.ChannelMeans();
        graph.Model.Graph.Node[0].OpType = "Teleport";

        var message = await RefusalAsync(graph.ToBytes());

        Assert.Contains("Teleport", message, StringComparison.Ordinal);
        Assert.DoesNotContain(".cc", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Opset_that_the_runtime_does_not_know_is_named() =>
        Assert.Contains("opset 99", await RefusalAsync(Versioned(99)), StringComparison.OrdinalIgnoreCase);

    [Fact]
    public async Task Input_that_the_model_does_not_have_is_refused_with_those_it_has() =>
        Assert.Contains("has no input 'pixels' (inputs: 'input'). Set input.name",
            await RefusalAsync(SmallModels.ChannelMeans().ToBytes(), Manifests.Of(input: "pixels")),
            StringComparison.Ordinal);

    [Fact]
    public async Task Second_input_is_refused()
    {
        var graph = SmallModels.ChannelMeans();
        graph.Input("temperature", GraphBuilder.Float, 1);
        var onnx = graph.ToBytes();

        Assert.Contains("takes 2 inputs ('input', 'temperature')", await RefusalAsync(onnx), StringComparison.Ordinal);
        Assert.Contains("takes 2 inputs ('input', 'temperature')", await RefusalAsync(onnx, Manifests.Of(input: "input")),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_size_is_refused_with_both_sizes() =>
        Assert.Contains(
            "expects shape [?,3,2,4] for input 'input', but the manifest says [?,3,224,224]. Set input.width",
            await RefusalAsync(SmallModels.ChannelMeans().ToBytes(), Manifests.Of(width: 224, height: 224)),
            StringComparison.Ordinal);

    [Fact]
    public async Task Other_layout_is_refused_with_the_layout_that_fits() =>
        Assert.Contains("Set input.layout in model.json to NHWC",
            await RefusalAsync(SmallModels.ChannelMeansLast().ToBytes()), StringComparison.Ordinal);

    [Fact]
    public async Task Other_number_of_channels_is_refused() =>
        Assert.Contains("says [?,1,2,4]",
            await RefusalAsync(SmallModels.ChannelMeans().ToBytes(), Manifests.Of(channels: ChannelOrder.Grey)),
            StringComparison.Ordinal);

    [Fact]
    public async Task Other_type_is_refused_with_both_types()
    {
        Assert.Contains("expects float32 for input 'input', but input.type in model.json is uint8",
            await RefusalAsync(SmallModels.ChannelMeans().ToBytes(), Manifests.Of(type: TensorType.UInt8)),
            StringComparison.Ordinal);
        Assert.Contains("expects float64",
            await RefusalAsync(SmallModels.ChannelMeans(type: GraphBuilder.Double).ToBytes()),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Type_that_no_setting_can_name_is_called_unsupported()
    {
        var message = await RefusalAsync(SmallModels.ChannelMeans(type: GraphBuilder.Double).ToBytes());

        Assert.Contains("expects float64 for input 'input', which is not supported", message, StringComparison.Ordinal);
        Assert.DoesNotContain("input.type", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_dimensions_are_called_unsupported()
    {
        var graph = new GraphBuilder();
        graph.NodeTo("scores", "Identity", [graph.Input("input", GraphBuilder.Float, -1, 24)])
            .Output("scores", GraphBuilder.Float, -1, 24);

        var message = await RefusalAsync(graph.ToBytes());

        Assert.Contains("An input with 2 dimensions is not supported", message, StringComparison.Ordinal);
        Assert.DoesNotContain("layout", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, Activation.None, "List two labels")]
    [InlineData(2, Activation.Softmax, "The softmax of one score is always 1")]
    public async Task One_score_that_its_labels_give_no_meaning_is_refused(
        int labels, Activation activation, string advice)
    {
        var manifest = Manifests.Of(labels: labels, activation: activation);
        Assert.Contains(advice, await RefusalAsync(SmallModels.MeanOfAll().ToBytes(), manifest), StringComparison.Ordinal);
        Assert.Contains(
            advice, await RefusalAsync(SmallModels.MeanOfAll(open: true).ToBytes(), manifest), StringComparison.Ordinal);
    }

    [Fact]
    public async Task First_dimension_above_1_is_refused_with_the_way_out() =>
        Assert.Contains("expects shape [8,3,2,4] for input 'input', but the manifest says [?,3,2,4]. Export the model "
            + "with a dynamic first dimension, or with a first dimension of 1",
            await RefusalAsync(SmallModels.ChannelMeans(batch: 8).ToBytes()), StringComparison.Ordinal);

    [Fact]
    public async Task Output_that_the_model_does_not_have_is_refused_with_those_it_has() =>
        Assert.Contains("has no output 'probabilities' (outputs: 'scores'). Set output.name",
            await RefusalAsync(SmallModels.ChannelMeans().ToBytes(), Manifests.Of(output: "probabilities")),
            StringComparison.Ordinal);

    [Fact]
    public async Task Several_outputs_need_a_name_in_the_manifest()
    {
        var graph = SmallModels.ChannelMeans();
        graph.AddOutput("again");

        Assert.Contains("has 2 outputs ('scores', 'again'). Set output.name",
            await RefusalAsync(graph.ToBytes()), StringComparison.Ordinal);
        using var backend = (await LoadAsync(graph.ToBytes(), Manifests.Of(output: "again"))).Value;
        Assert.Equal<float[]>([1f, 2, 3], await backend.SingleAsync(Manifests.Of(), Flat(1, 2, 3)));
    }

    [Fact]
    public async Task Other_number_of_labels_is_refused_with_both_numbers() =>
        Assert.Contains("returns shape [?,3] in output 'scores', but the manifest has 10 labels",
            await RefusalAsync(SmallModels.ChannelMeans().ToBytes(), Manifests.Of(labels: 10)),
            StringComparison.Ordinal);

    [Fact]
    public async Task Number_of_labels_that_only_a_run_tells_is_checked_by_a_run()
    {
        Assert.Contains("returns 0 scores for an image, but the manifest has 3 labels",
            await RefusalAsync(SmallModels.AsManyScoresAsTheBrightest().ToBytes()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Model_without_a_file_is_refused()
    {
        var outcome = await new OnnxBackendFactory(new OnnxOptions()).CreateAsync(
            Descriptor(), new ModelFiles("model.json", null, "sha256:"), Manifests.Of(), Allowance,
            CancellationToken.None);

        Assert.Equal(ErrorCode.InvalidModel, outcome.Refusal?.Code);
    }

    [Fact]
    public void One_process_has_one_number_of_threads()
    {
        _ = new OnnxBackendFactory(new OnnxOptions());

        Assert.Throws<InvalidOperationException>(() => new OnnxBackendFactory(new OnnxOptions { IntraOpThreads = 7 }));
    }

    private static byte[] Versioned(int opset)
    {
        var graph = SmallModels.ChannelMeans();
        graph.Model.OpsetImport[0].Version = opset;
        return graph.ToBytes();
    }

    private static void Hide(ModelProto model, string place, TensorProto tensor)
    {
        var node = new NodeProto { OpType = "Constant", Output = { "hidden" } };
        var subgraph = new GraphProto { Node = { node }, Output = { model.Graph.Output } };
        var branch = new GraphProto { Initializer = { tensor } };
        var inner = new AttributeProto { Name = "then_branch", Type = 5, G = branch };
        switch (place)
        {
            case "initializer":
                model.Graph.Initializer.Add(tensor);
                break;
            case "sparse initializer":
                model.Graph.SparseInitializer.Add(new SparseTensorProto { Indices = tensor });
                break;
            case "attribute":
                Attribute(new AttributeProto { T = tensor });
                break;
            case "attribute list":
                Attribute(new AttributeProto { Tensors = { tensor } });
                break;
            case "sparse attribute":
                Attribute(new AttributeProto { SparseTensors = { new SparseTensorProto { Values = tensor } } });
                break;
            case "subgraph":
                node.Attribute.Add(inner);
                Attribute(new AttributeProto { G = subgraph });
                break;
            case "subgraph list":
                Attribute(new AttributeProto { Graphs = { new GraphProto { Initializer = { tensor } } } });
                break;
            case "function":
                node.Attribute.Add(inner);
                model.Functions.Add(new FunctionProto { Name = "f", Node = { node } });
                break;
            case "function attribute":
                model.Functions.Add(new FunctionProto { AttributeProto = { new AttributeProto { T = tensor } } });
                break;
            case "training":
                model.TrainingInfo.Add(new TrainingInfoProto { Algorithm = branch });
                break;
            default:
                throw new ArgumentException(place);
        }

        void Attribute(AttributeProto attribute) => model.Graph.Node[0].Attribute.Add(attribute);
    }
}
