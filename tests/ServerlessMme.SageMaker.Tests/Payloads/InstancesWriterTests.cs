using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.SageMaker.Payloads;
using ServerlessMme.SageMaker.Runtime;
using ServerlessMme.SageMaker.Tests.Support;

namespace ServerlessMme.SageMaker.Tests.Payloads;

public sealed class InstancesWriterTests
{
    [Theory]
    [InlineData(TensorLayout.NHWC, "[[[0,1,2],[3,4,5]]]")]
    [InlineData(TensorLayout.NCHW, "[[[0,1]],[[2,3]],[[4,5]]]")]
    public void Instances_are_nested_in_the_order_of_the_layout(TensorLayout layout, string expected)
    {
        var input = Remote.Manifest(layout: layout).Input;
        using var writer = new InstancesWriter(input, 1000);

        Assert.True(writer.TryAdd(MemoryMarshal.AsBytes<float>([0, 1, 2, 3, 4, 5])));
        Assert.True(writer.TryAdd(MemoryMarshal.AsBytes<float>([0, 1, 2, 3, 4, 5])));
        writer.Complete();

        Assert.Equal($$"""{"instances":[{{expected}},{{expected}}]}""", Text(writer));
    }

    [Fact]
    public void Bytes_are_written_as_whole_numbers()
    {
        using var writer = new InstancesWriter(Remote.Manifest(type: TensorType.UInt8).Input, 1000);

        Assert.True(writer.TryAdd([0, 1, 2, 253, 254, 255]));
        writer.Complete();

        Assert.Equal("""{"instances":[[[[0,1,2],[253,254,255]]]]}""", Text(writer));
    }

    [Fact]
    public void Every_number_comes_back_bit_for_bit()
    {
        float[] values =
            [float.MinValue, float.MaxValue, float.Epsilon, -1.17549435E-38f, 1 / 255f, -0.0f];
        using var writer = new InstancesWriter(Remote.Manifest().Input, 1000);

        Assert.True(writer.TryAdd(MemoryMarshal.AsBytes<float>(values)));
        writer.Complete();

        var read = JsonSerializer.Deserialize<Dictionary<string, float[][][][]>>(Text(writer))!["instances"];
        Assert.Equal(
            values.Select(BitConverter.SingleToInt32Bits),
            read.SelectMany(a => a).SelectMany(b => b).SelectMany(c => c).Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public async Task Images_that_do_not_fit_into_one_call_are_sent_in_several()
    {
        await using var server = new FaultServer((_, request) => FaultAnswer.Of(
            200, $$"""{"predictions":[{{string.Join(',', Enumerable.Repeat("[0,0,1]", Count(request)))}}]}"""));
        using var factory = Remote.Factory(Remote.Quick(server.Url));
        // 224 × 224 × 3 numbers of one digit and a comma: 20 images fit into 6 MiB.
        var manifest = Remote.Manifest(width: 224, height: 224);
        var backend = await factory.CreateAsync(manifest);

        var outcomes = await backend.ScoreAsync(manifest, 32, TestContext.Current.CancellationToken);

        Assert.All(outcomes, outcome => Assert.Equal(1, outcome.Value[2]));
        Assert.Equal(32, server.Requests.Sum(Count));
        Assert.True(server.Requests.Count > 1);
        Assert.All(
            server.Requests,
            request => Assert.InRange(request.Body.Length, 1, InvokeEndpointRequest.MaxBodyBytes));
    }

    [Fact]
    public async Task One_tensor_that_is_too_long_as_text_is_refused_with_the_way_out()
    {
        await using var server = new FaultServer((_, _) => Remote.Good);
        using var factory = Remote.Factory(Remote.Quick(server.Url));
        var manifest = Remote.Manifest(width: 1024, height: 1024);
        var backend = await factory.CreateAsync(manifest);

        var outcome = Assert.Single(await backend.ScoreAsync(manifest, 1, TestContext.Current.CancellationToken));

        Assert.Equal(Core.Failures.ErrorCode.EndpointRequestTooLarge, outcome.Refusal?.Code);
        Assert.Contains(
            "set backend.payload to 'image' in model.json of 'tiny'",
            outcome.Refusal?.Message,
            StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task An_activation_is_applied_to_what_the_endpoint_returns()
    {
        await using var server = new FaultServer((_, _) => FaultAnswer.Of(200, """{"predictions":[[1,1,1]]}"""));
        using var factory = Remote.Factory(Remote.Quick(server.Url));
        var backend = await factory.CreateAsync(Remote.Manifest(activation: Activation.Softmax));

        Assert.All((await backend.ScoreOneAsync()).Value, score => Assert.Equal(1 / 3f, score, 1e-6f));
    }

    [Fact]
    public async Task One_score_with_two_labels_is_the_probability_of_the_second()
    {
        await using var server = new FaultServer((_, _) => FaultAnswer.Of(200, """{"predictions":[[0.75]]}"""));
        using var factory = Remote.Factory(Remote.Quick(server.Url));
        var backend = await factory.CreateAsync(Remote.Manifest() with { Labels = ["left", "right"] });

        var scores = (await backend.ScoreOneAsync()).Value;

        Assert.Equal<float[]>([0.25f, 0.75f], scores);
    }

    [Fact]
    public async Task An_image_is_posted_as_it_was_dropped()
    {
        await using var server = new FaultServer((_, _) => Remote.Good);
        using var factory = Remote.Factory(Remote.Quick(server.Url));
        var backend = await factory.CreateAsync(
            Remote.Manifest(settings: [("payload", "image"), ("contentType", "image/png")]));

        var outcomes = await backend.ScoreAsync(
            new ImageBatch([Remote.Image("a.png", 1, 2, 3)], null), TestContext.Current.CancellationToken);

        Assert.Equal(0.5f, outcomes[0].Value[1]);
        var request = Assert.Single(server.Requests);
        Assert.Equal([1, 2, 3], request.Body);
        Assert.Equal("image/png", request.Headers["Content-Type"]);
    }

    private static int Count(SeenRequest request) => request.Text.Split("[[[").Length - 1;

    private static string Text(InstancesWriter writer) => Encoding.UTF8.GetString(writer.Text.OpenRead().ToArray());
}
