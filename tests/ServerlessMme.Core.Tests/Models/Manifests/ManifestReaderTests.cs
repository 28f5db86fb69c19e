using System.Text;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Core.Tests.Models.Manifests;

public sealed class ManifestReaderTests
{
    private const string Smallest = """{"labels":["a","b"],"input":{"width":32,"height":24}}""";

    [Fact]
    public void The_smallest_manifest_gets_the_documented_defaults()
    {
        var manifest = Read(Smallest).Value;

        Assert.Equal(["a", "b"], manifest.Labels);
        Assert.Equal((32, 24), (manifest.Input.Width, manifest.Input.Height));
        Assert.Null(manifest.Input.Name);
        Assert.Equal(TensorLayout.NCHW, manifest.Input.Layout);
        Assert.Equal(ChannelOrder.RGB, manifest.Input.Channels);
        Assert.Equal(TensorType.Float32, manifest.Input.Type);
        Assert.Equal(new ResizeSpec(ResizeMode.Stretch, ResizeFilter.Bilinear), manifest.Input.Resize);
        Assert.Equal(
            (ImageOrientation.Stored, DecodeMode.Full), (manifest.Input.Orientation, manifest.Input.Decode));
        Assert.Equal(1, manifest.Input.Scale);
        Assert.Equal([0, 0, 0], manifest.Input.Mean);
        Assert.Equal([1, 1, 1], manifest.Input.Std);
        Assert.Equal(new OutputSpec(null, Activation.None), manifest.Output);
        Assert.Equal(2, manifest.Top);
        Assert.Equal("onnx", manifest.Backend.Type);
    }

    [Fact]
    public void Every_member_is_read()
    {
        var manifest = Read("""
            {"labels":["a","b","c"],"top":2,"description":"x","metadata":{"any":1},
             "input":{"name":"in","width":8,"height":9,"layout":"NHWC","channels":"grey","type":"uint8",
                      "resize":{"mode":"stretch","filter":"lanczos"},"scale":0.5,"mean":[1],"std":[2]},
             "output":{"name":"out","activation":"softmax"},
             "backend":{"type":"sagemaker","endpoint":"e"}}
            """).Value;

        Assert.Equal("in", manifest.Input.Name);
        Assert.Equal((TensorLayout.NHWC, ChannelOrder.Grey), (manifest.Input.Layout, manifest.Input.Channels));
        Assert.Equal((TensorType.UInt8, ResizeFilter.Lanczos), (manifest.Input.Type, manifest.Input.Resize.Filter));
        Assert.Equal((0.5, 1.0, 2.0), (manifest.Input.Scale, manifest.Input.Mean[0], manifest.Input.Std[0]));
        Assert.Equal(new OutputSpec("out", Activation.Softmax), manifest.Output);
        Assert.Equal("e", manifest.Backend.Settings["endpoint"]);
        Assert.Equal(8 * 9, manifest.Input.ByteCount);
    }

    [Fact]
    public void All_problems_are_named_at_once()
    {
        var message = Read("""
            {"labels":["a","a"],"top":0,"color":1,
             "input":{"width":0,"layout":"nchw","resize":{"filter":"cubic"},"std":[1,0,1],"mean":[1]}}
            """).Refusal!.Message;

        Assert.Contains("labels contains the same label twice", message, StringComparison.Ordinal);
        Assert.Contains("top must be a whole number from 1", message, StringComparison.Ordinal);
        Assert.Contains("color is unknown", message, StringComparison.Ordinal);
        Assert.Contains("input.width must be a whole number from 1 to 4096", message, StringComparison.Ordinal);
        Assert.Contains("input.height is missing", message, StringComparison.Ordinal);
        Assert.Contains("input.layout is 'nchw', but must be one of NCHW, NHWC", message, StringComparison.Ordinal);
        Assert.Contains("input.resize.filter is 'cubic'", message, StringComparison.Ordinal);
        Assert.Contains("input.std must be a number other than 0", message, StringComparison.Ordinal);
        Assert.Contains("input.mean must be a list of 3 numbers", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("""{"labels":[]}""")]
    [InlineData("""{"labels":["\ud800"],"input":{"width":1,"height":1}}""")]
    [InlineData("""{"labels":["a"],"labels":["b"],"input":{"width":1,"height":1}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1e400,"height":1}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1,"scale":1e999}}""")]
    public void What_is_no_manifest_is_refused(string json) =>
        Assert.Equal(ErrorCode.InvalidManifest, Read(json).Refusal?.Code);

    [Fact]
    public void Deep_nesting_and_too_many_bytes_are_refused()
    {
        Assert.Equal(ErrorCode.InvalidManifest, Read(new string('[', 50_000)).Refusal?.Code);
        Assert.Equal(ErrorCode.InvalidManifest, Read(new string(' ', ManifestReader.MaxBytes + 1)).Refusal?.Code);
    }

    [Fact]
    public void A_byte_order_mark_is_passed_over() => Assert.Null(Read("\uFEFF" + Smallest).Refusal);

    [Theory]
    [InlineData(Smallest)]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1},"backend":{"type":"sagemaker","endpoint":"e"}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1,"channels":"grey","mean":[0.5]}}""")]
    [InlineData("""{"labels":[],"input":{"width":1,"height":1}}""")]
    [InlineData("""{"labels":["a","a"],"input":{"width":1,"height":1}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":4097,"height":1}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1.5,"height":1}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1,"channels":"rgb"}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1},"top":0}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1},"color":"red"}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1,"resize":{"mode":"crop"}}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1,"preset":"keras-vgg16","decode":"draft"}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1,"preset":"vgg16"}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1,"orientation":"Exif"}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1,"resize":{"mode":"shorter-side","side":4096}}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1,"resize":{"mode":"shorter-side","side":0}}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1,"resize":{"mode":"letterbox","colour":[1,2,255]}}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1,"resize":{"mode":"letterbox","colour":[1,2,256]}}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1,"resize":{"mode":"letterbox","colour":[1,2]}}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1},"output":{"activation":"relu"}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1},"output":{"task":"multi","threshold":0.4}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1},"output":{"task":"multi","threshold":1}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1},"output":{"temperature":1.7}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1},"output":{"temperature":0}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1},"output":{"temperature":"1"}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1},"accept":{"minScore":0.5,"labels":{"a":1}}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1},"accept":{"minMargin":1.1}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1},"accept":{"least":1}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1},"output":{"task":"multi"},"accept":{}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1},"onnx":{"weights":"int8"}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1},"onnx":{}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1},"onnx":{"weights":"int4"}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1},"onnx":{"bits":8}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1},"onnx":"int8"}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1},"backend":{"type":"onnx"},"onnx":{}}""")]
    [InlineData("""{"labels":["a"],"input":{"width":1,"height":1},"backend":{"type":"sagemaker"},"onnx":{}}""")]
    public async Task The_reader_and_the_schema_agree(string json)
    {
        var problems = await SchemaCheck.ProblemsAsync("manifest", json);

        Assert.Equal(problems.Length == 0, Read(json).Refusal is null);
    }

    [Theory]
    [InlineData("""{"mode":"stretch-crop","side":9,"offset":"round"}""")]
    [InlineData("""{"mode":"shorter-side","offset":"floor"}""")]
    [InlineData("""{"mode":"stretch-crop","offset":"Floor"}""")]
    [InlineData("""{"mode":"cover","filter":"nearest"}""")]
    public Task The_reader_and_the_schema_agree_on_ways_to_resize(string resize) =>
        The_reader_and_the_schema_agree($$$"""
            {"labels":["a"],"input":{"width":1,"height":1,"resize":{{{resize}}}}}
            """);

    [Theory]
    [InlineData("""{"activation":"softmax","temperature":2.5}""", 2.5)]
    [InlineData("""{"temperature":0.3}""", 0.3)]
    [InlineData("""{"activation":"softmax"}""", 1)]
    public void A_temperature_is_read_for_softmax_and_none(string output, double temperature) =>
        Assert.Equal(temperature, ReadOutput(output).Value.Output.Temperature);

    [Theory]
    [InlineData(
        """{"activation":"sigmoid","temperature":2}""",
        "only applies if task is single and activation is none or softmax")]
    [InlineData(
        """{"task":"multi","temperature":2}""", "only applies if task is single and activation is none or softmax")]
    [InlineData("""{"temperature":0}""", "must be a number above 0")]
    [InlineData("""{"temperature":-1}""", "must be a number above 0")]
    [InlineData("""{"temperature":1e999}""", "must be a number above 0")]
    [InlineData("""{"temperature":"hot"}""", "must be a number above 0")]
    public void A_temperature_that_cannot_be_applied_is_refused(string output, string reason) =>
        Assert.Contains(
            $"output.temperature {reason}", ReadOutput(output).Refusal!.Message, StringComparison.Ordinal);

    [Fact]
    public async Task The_committed_models_obey_the_schema()
    {
        foreach (var file in Directory.GetFiles(
            Repository.Models, "model.json", SearchOption.AllDirectories))
        {
            var json = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
            Assert.Equal("", await SchemaCheck.ProblemsAsync("manifest", json));
            Assert.Null(Read(json).Refusal);
        }
    }

    private static Outcome<Manifest> ReadOutput(string output) =>
        Read($$$"""{"labels":["a","b"],"input":{"width":1,"height":1},"output":{{{output}}}}""");

    private static Outcome<Manifest> Read(string json) =>
        ManifestReader.Read(ModelName.Parse("m").Value, Encoding.UTF8.GetBytes(json));
}
