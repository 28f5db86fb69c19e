using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Models;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Testing.Graphs;

namespace ServerlessMme.Cli.Tests.Models;

public sealed class ModelCheckTests : IDisposable
{
    private const string Good = """{"labels":["dark","bright"],"input":{"width":4,"height":4}}""";
    private readonly string _root = Directory.CreateTempSubdirectory("mme-check-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task A_good_model_is_fine_and_classifies_an_image()
    {
        var report = await CheckAsync("good", Good);

        Assert.True(report.IsFine);
        Assert.Collection(
            report.Lines,
            line => Assert.StartsWith("ok     model.json and model.onnx agree: 2 labels", line, StringComparison.Ordinal),
            line => Assert.StartsWith("ok     a test image: ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_model_that_allows_no_resizing_is_tried_on_an_image_of_its_size()
    {
        var report = await CheckAsync(
            "good", """{"labels":["dark","bright"],"input":{"width":4,"height":4,"resize":{"mode":"none"}}}""");

        Assert.True(report.IsFine);
        Assert.Contains(report.Lines, line => line.EndsWith("no resizing.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_fixed_first_dimension_is_allowed_and_noted()
    {
        var report = await CheckAsync("one-image", Good);

        Assert.True(report.IsFine);
        Assert.Contains(report.Lines, line => line.StartsWith("note   The model takes one image", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Raw_scores_declared_as_probabilities_are_found()
    {
        Assert.Contains("without softmax", await FindWrongAsync("without-softmax", Good), StringComparison.Ordinal);
        Assert.True((await CheckAsync(
            "without-softmax", Good[..^1] + ",\"output\":{\"activation\":\"softmax\"}}")).IsFine);
        Assert.True((await CheckAsync(
            "without-softmax", Good[..^1] + ",\"output\":{\"activation\":\"sigmoid\"}}")).IsFine);
    }

    [Fact]
    public async Task One_label_for_one_score_is_found()
    {
        var wrong = await FindWrongAsync(Binary(sigmoid: true), Good.Replace("\"dark\",", "", StringComparison.Ordinal));

        Assert.Contains("list two labels", wrong, StringComparison.Ordinal);
        Assert.True((await CheckAsync(Binary(sigmoid: true), Good)).IsFine);
    }

    [Fact]
    public async Task A_binary_model_without_sigmoid_is_found()
    {
        Assert.Contains("without sigmoid", await FindWrongAsync(Binary(sigmoid: false), Good), StringComparison.Ordinal);
        Assert.True((await CheckAsync(
            Binary(sigmoid: false), Good[..^1] + ",\"output\":{\"activation\":\"sigmoid\"}}")).IsFine);
    }

    [Fact]
    public async Task A_wrong_number_of_labels_is_found()
    {
        var wrong = await FindWrongAsync("good", """{"labels":["a","b","c"],"input":{"width":4,"height":4}}""");

        Assert.Contains("3 labels", wrong, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"labels":["a","b"],"input":{"width":5,"height":4}}""", "5")]
    [InlineData("""{"labels":["a","b"],"input":{"width":4,"height":4,"layout":"NHWC"}}""", "[?,3,4,4]")]
    [InlineData("""{"labels":["a","b"],"input":{"width":4,"height":4,"channels":"grey"}}""", "1")]
    [InlineData("""{"labels":["a","b"],"input":{"width":4,"height":4,"type":"uint8"}}""", "uint8")]
    [InlineData("""{"labels":["a","b"],"input":{"width":4,"height":4,"name":"image"}}""", "image")]
    public async Task A_wrong_size_layout_type_or_name_is_found(string manifest, string word) =>
        Assert.Contains(word, await FindWrongAsync("good", manifest), StringComparison.Ordinal);

    [Fact]
    public async Task An_unknown_operator_is_found() =>
        Assert.Contains("NoSuchOperator", await FindWrongAsync("unknown-operator", Good), StringComparison.Ordinal);

    [Fact]
    public async Task An_unknown_opset_is_found() =>
        Assert.Contains("opset", await FindWrongAsync("future-opset", Good), StringComparison.OrdinalIgnoreCase);

    [Fact]
    public async Task A_broken_manifest_is_found() =>
        Assert.Contains("input.width", await FindWrongAsync("good", """{"labels":["a"],"input":{}}"""),
            StringComparison.Ordinal);

    [Fact]
    public async Task An_empty_folder_is_found()
    {
        Directory.CreateDirectory(Path.Combine(_root, "good"));
        Assert.Contains("no model.json", Assert.Single((await RunAsync("good")).Lines), StringComparison.Ordinal);
    }

    /// <summary>A model with one output, as Keras's <c>Dense(1)</c>.</summary>
    private static byte[] Binary(bool sigmoid)
    {
        var graph = new GraphBuilder();
        var input = graph.Input("input", GraphBuilder.Float, -1, 3, 4, 4);
        var flat = graph.Node("Flatten", [graph.Node("GlobalAveragePool", [input])]);
        var logit = graph.Node("Gemm", [flat, graph.Weights([7, 7, 7], 3, 1)]);
        return graph.NodeTo("scores", sigmoid ? "Sigmoid" : "Identity", [logit])
            .Output("scores", GraphBuilder.Float, -1, 1).ToBytes();
    }

    private Task<string> FindWrongAsync(string onnx, string manifest) => FindWrongAsync(Read(onnx), manifest);

    private async Task<string> FindWrongAsync(byte[] onnx, string manifest)
    {
        var report = await CheckAsync(onnx, manifest);

        Assert.False(report.IsFine);
        return Assert.Single(report.Lines, line => line.StartsWith("wrong  ", StringComparison.Ordinal));
    }

    private static byte[] Read(string onnx) =>
        File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Models", "onnx", onnx + ".onnx"));

    private Task<CheckReport> CheckAsync(string onnx, string manifest) => CheckAsync(Read(onnx), manifest);

    private Task<CheckReport> CheckAsync(byte[] onnx, string manifest)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_root, "model")).FullName;
        File.WriteAllBytes(Path.Combine(folder, "model.onnx"), onnx);
        File.WriteAllText(Path.Combine(folder, "model.json"), manifest);
        return RunAsync("model");
    }

    private async Task<CheckReport> RunAsync(string name)
    {
        using var host = LocalHost.Build(_root);
        var check = new ModelCheck(
            host.Services.GetRequiredService<IModelCatalog>(),
            host.Services.GetRequiredService<ModelLoader>(),
            host.Services.GetRequiredService<IImagePreprocessor>());
        return await check.RunAsync(ModelName.Parse(name).Value, null, CancellationToken.None);
    }
}
