using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc;
using ServerlessMme.Functions.Tests.Support;

namespace ServerlessMme.Functions.Tests;

public sealed class InvokeTests(ClassifierApp fixture) : IClassFixture<ClassifierApp>
{
    private const string TargetModel = "X-Amzn-SageMaker-Target-Model";

    [Theory(Timeout = 60_000)]
    [InlineData("cifar10.tar.gz", "image/jpeg")]
    [InlineData("/cifar10", "application/x-image")]
    public async Task Image_is_answered_with_predictions(string target, string contentType)
    {
        var image = await File.ReadAllBytesAsync(App.SamplePath("airplane-1.jpg"));

        var (status, body, _) = await InvokeAsync(target, contentType, image);

        Assert.Equal(200, status);
        var scores = body["predictions"]![0]!.AsArray().Select(score => score!.GetValue<float>()).ToList();
        Assert.Equal(10, scores.Count);
        Assert.Equal(0, scores.IndexOf(scores.Max()));
    }

    [Fact(Timeout = 60_000)]
    public async Task Caller_who_accepts_labels_gets_the_label()
    {
        var image = await File.ReadAllBytesAsync(App.SamplePath("airplane-1.jpg"));

        var (status, body, _) = await InvokeAsync(
            "cifar10.tar.gz", "image/jpeg", image, accept: "application/vnd.serverlessmme.label+json");

        Assert.Equal(200, status);
        Assert.Equal("airplane", body["label"]!.GetValue<string>());
        Assert.Equal("cifar10", body["model"]!["name"]!.GetValue<string>());
    }

    [Fact(Timeout = 60_000)]
    public async Task Instances_are_answered_as_tensorflow_serving_does()
    {
        var row = string.Join(',', Enumerable.Repeat("0.5", 32));
        var plane = $"[{string.Join(',', Enumerable.Repeat($"[{row}]", 32))}]";

        var (status, body, _) = await InvokeAsync(
            "cifar10.tar.gz", "application/json", Encoding.UTF8.GetBytes($$"""{"instances":[[{{plane}},{{plane}},{{plane}}]]}"""));

        Assert.Equal(200, status);
        Assert.Equal(1, body["predictions"]![0]!.AsArray().Sum(score => score!.GetValue<double>()), 1e-4);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(null, "image/jpeg", 400, "ValidationError")]
    [InlineData("No Name.tar.gz", "image/jpeg", 400, "ValidationError")]
    [InlineData("ghost.tar.gz", "image/jpeg", 400, "ValidationError")]
    [InlineData("cifar10.tar.gz", "text/csv", 424, "ModelError")]
    [InlineData("cifar10.tar.gz", "image/jpeg", 424, "ModelError")]
    public async Task Call_that_cannot_be_answered_is_refused_as_sagemaker_does(
        string? target, string contentType, int expected, string type)
    {
        var (status, body, error) = await InvokeAsync(target, contentType, "no image at all"u8.ToArray());

        Assert.Equal((expected, type), (status, error));
        Assert.NotEmpty(body["Message"]!.GetValue<string>());
        if (type == "ModelError")
        {
            Assert.InRange(body["OriginalStatusCode"]!.GetValue<int>(), 400, 415);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Body_without_a_length_is_read_up_to_the_limit_and_no_further()
    {
        var (status, _, error) = await InvokeAsync(
            "cifar10.tar.gz", "image/png", new byte[(6 << 20) + 1], withLength: false);

        Assert.Equal((413, "ValidationError"), (status, error));
    }

    private async Task<(int Status, JsonNode Body, string? Error)> InvokeAsync(
        string? target, string contentType, byte[] bytes, string? accept = null, bool withLength = true)
    {
        var request = Calls.Request(body: bytes, contentType: contentType);
        request.RouteValues["endpoint"] = "mme";
        if (!withLength)
        {
            request.ContentLength = null;
        }

        if (target is not null)
        {
            request.Headers[TargetModel] = target;
        }

        if (accept is not null)
        {
            request.Headers.Accept = accept;
        }

        var response = request.HttpContext.Response;
        using var written = new MemoryStream();
        response.Body = written;
        Assert.IsType<EmptyResult>(await fixture.App.Get<Invoke>().RunAsync(request));
        return (response.StatusCode, JsonNode.Parse(written.ToArray())!, response.Headers["x-amzn-ErrorType"]);
    }
}
