using System.Text.Json;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Serving.Invocations;
using ServerlessMme.Serving.Tests.Support;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Serving.Tests.Invocations;

public sealed class InvocationTests
{
    private static readonly byte[] Airplane = File.ReadAllBytes(Samples.First("cifar10"));

    [Theory]
    [MemberData(nameof(Repository.ModelNames), MemberType = typeof(Repository))]
    public async Task Every_sample_image_is_answered_as_classify_answers_it(string model)
    {
        var expected = await Samples.ClassifyAsync(model, Repository.Samples(model));
        await using var server = await RunningServer.StartAsync();
        foreach (var (name, label) in expected)
        {
            var file = Path.Combine(Repository.Samples(model), name);

            var answer = await server.InvokeAsync(
                $"{model}.tar.gz", await File.ReadAllBytesAsync(file), Samples.ContentTypeOf(file));

            if (label.TryGetProperty("error", out var error))
            {
                Assert.StartsWith(error.GetProperty("code").GetString()!,
                    answer.Json.GetProperty("OriginalMessage").GetString(), StringComparison.Ordinal);
            }
            else
            {
                Samples.AssertEqual(Samples.Scores(label), Assert.Single(answer.Predictions));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Repository.ModelNames), MemberType = typeof(Repository))]
    public async Task Instances_of_both_layouts_are_answered_as_the_image_is(string model)
    {
        await using var server = await RunningServer.StartAsync();
        var file = Samples.First(model);
        var expected = await server.InvokeAsync(
            model, await File.ReadAllBytesAsync(file), Samples.ContentTypeOf(file));
        foreach (var layout in Enum.GetValues<TensorLayout>())
        {
            var instances = await Samples.InstancesAsync(server, model, layout, file);

            var answer = await server.InvokeAsync(model, instances, "application/json");

            Samples.AssertEqual(Assert.Single(expected.Predictions), Assert.Single(answer.Predictions));
        }
    }

    [Fact]
    public async Task More_instances_than_a_batch_holds_are_answered_in_their_order()
    {
        await using var server = await RunningServer.StartAsync();
        var one = JsonDocument.Parse(await Samples.InstancesAsync(
            server, "cifar10", TensorLayout.NHWC, Samples.First("cifar10"))).RootElement.GetProperty("instances")[0];
        var row = $"[{string.Join(',', Enumerable.Repeat("[0,0,0]", 32))}]";
        var black = $"[{string.Join(',', Enumerable.Repeat(row, 32))}]";
        var instances = Enumerable.Range(0, 35).Select(i => i % 2 == 0 ? one.GetRawText() : black);

        var answer = await server.InvokeAsync(
            "cifar10", Samples.Utf8($$"""{"instances":[{{string.Join(',', instances)}}]}"""), "application/json");

        Assert.Equal(35, answer.Predictions.Length);
        for (var i = 2; i < 35; i++)
        {
            Samples.AssertEqual(answer.Predictions[i % 2], answer.Predictions[i]);
        }

        Assert.NotEqual(answer.Predictions[0], answer.Predictions[1]);
    }

    [Fact]
    public async Task A_label_is_answered_where_the_client_asks_for_one()
    {
        await using var server = await RunningServer.StartAsync();

        var answer = await server.InvokeAsync("cifar10", Airplane, "application/x-image",
            ("Accept", ScoresWriter.LabelType), ("X-Amzn-SageMaker-Inference-Id", "drop-17"));

        Assert.Equal(ScoresWriter.LabelType, answer.Type);
        Assert.Equal("airplane", answer.Json.GetProperty("label").GetString());
        Assert.Equal("drop-17", answer.Json.GetProperty("image").GetProperty("name").GetString());
        Assert.Equal("onnx", answer.Json.GetProperty("model").GetProperty("backend").GetString());
        Assert.Equal(Airplane.Length, answer.Json.GetProperty("image").GetProperty("bytes").GetInt32());
    }

    [Theory]
    [InlineData("cifar10", 200)]
    [InlineData("cifar10.tar.gz", 200)]
    [InlineData("/cifar10.tar.gz", 200)]
    [InlineData("cifar.tar.gz", 200)]
    [InlineData("cifar", 200)]
    [InlineData("cifar10.zip", 400)]
    [InlineData("northeast/Boston_MA.tar.gz", 400)]
    [InlineData("../cifar10", 400)]
    public async Task A_target_model_is_a_name_or_an_alias_with_or_without_tar_gz(string target, int status)
    {
        await using var server = await RunningServer.StartAsync(("Serve:Aliases:cifar", "cifar10"));

        var answer = await server.InvokeAsync(target, Airplane, "image/jpeg");

        Assert.Equal((status, status == 200 ? "" : "ValidationError"), ((int)answer.Status, answer.ErrorType));
    }

    [Fact]
    public async Task Variant_and_request_id_are_answered_as_SageMaker_does()
    {
        await using var server = await RunningServer.StartAsync();

        var answer = await server.InvokeAsync("cifar10", Airplane, "image/jpeg",
            ("X-Amzn-SageMaker-Target-Variant", "blue"), ("X-Amzn-SageMaker-Inference-Id", "id-1"),
            ("X-Amzn-SageMaker-Custom-Attributes", "trace=7"));

        Assert.Equal("blue", Assert.Single(answer.Headers.GetValues("x-Amzn-Invoked-Production-Variant")));
        Assert.NotEmpty(Assert.Single(answer.Headers.GetValues("x-amzn-RequestId")));
        Assert.DoesNotContain("X-Amzn-SageMaker-Inference-Id", answer.Headers.Select(header => header.Key));
        Assert.DoesNotContain("X-Amzn-SageMaker-Custom-Attributes", answer.Headers.Select(header => header.Key));
    }
}
