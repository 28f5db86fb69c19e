using ServerlessMme.Functions.Support;

namespace ServerlessMme.Functions;

public sealed class InvokeTests(ClassifierApp fixture) : IClassFixture<ClassifierApp>
{
    private const string TargetModel = "X-Amzn-SageMaker-Target-Model";

    [Theory(Timeout = 60_000)]
    [InlineData("cifar10.tar.gz", "image/jpeg")]
    [InlineData("/cifar10", "application/x-image")]
    public async Task Image_is_answered_with_its_label(string target, string contentType)
    {
        var image = await File.ReadAllBytesAsync(App.SamplePath("airplane-1.jpg"));

        var (status, body, _) = await InvokeAsync(target, contentType, image);

        Assert.Equal(200, status);
        Assert.Equal("airplane", body["label"]!.GetValue<string>());
        Assert.Equal("cifar10", body["model"]!["name"]!.GetValue<string>());
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
            Assert.InRange(body["OriginalStatusCode"]!.GetValue<int>(), 400, 415);
    }

    [Fact(Timeout = 60_000)]
    public async Task Body_without_a_length_is_read_up_to_the_limit_and_no_further()
    {
        var request = Calls.Request(body: new byte[(20 << 20) + 1], contentType: "image/png");
        request.ContentLength = null;
        request.Headers[TargetModel] = "cifar10.tar.gz";

        var (status, body) = (await fixture.App.Get<Invoke>().RunAsync(
            request, TestContext.Current.CancellationToken)).Read();

        Assert.Equal(424, status);
        Assert.Equal(413, body["OriginalStatusCode"]!.GetValue<int>());
    }

    private async Task<(int Status, System.Text.Json.Nodes.JsonNode Body, string? Error)> InvokeAsync(
        string? target, string contentType, byte[] bytes)
    {
        var request = Calls.Request(body: bytes, contentType: contentType);
        if (target is not null)
            request.Headers[TargetModel] = target;
        var (status, body) = (await fixture.App.Get<Invoke>().RunAsync(
            request, TestContext.Current.CancellationToken)).Read();
        return (status, body, request.HttpContext.Response.Headers["x-amzn-errortype"]);
    }
}
