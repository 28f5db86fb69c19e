using ServerlessMme.Functions.Tests.Support;

namespace ServerlessMme.Functions.Tests;

public sealed class RescoreTests
{
    [Fact(Timeout = 60_000)]
    public async Task Rescore_answers_with_an_address_that_says_when_it_is_done()
    {
        await using var app = await App.StartAsync();
        var model = await app.PublishAsync();
        await app.DropAsync(model, "a.jpg");
        var post = Calls.Request(model.Value);

        var (status, started) = (await app.Get<Rescore>().RunAsync(
            post, TestContext.Current.CancellationToken)).Read();
        var (_, before) = await StatusAsync(app, model.Value);
        await app.Get<ClassifyQueued>().RunAsync(
            (await app.QueuedAsync())[0].ToJsonString(), Calls.Taken(1), TestContext.Current.CancellationToken);
        var (_, after) = await StatusAsync(app, model.Value);

        Assert.Equal(202, status);
        var job = started["job"]!.GetValue<string>();
        Assert.Equal($"/api/jobs/{job}", post.HttpContext.Response.Headers.Location.ToString());
        var (found, record) = await JobAsync(app, job);
        Assert.Equal(200, found);
        Assert.Equal("completed", record["state"]!.GetValue<string>());
        Assert.Equal(1, record["counts"]!["done"]!.GetValue<int>());
        Assert.Equal(1, started["asked"]!.GetValue<int>());
        Assert.Equal(1, before["waiting"]!.GetValue<int>());
        Assert.Equal(0, after["waiting"]!.GetValue<int>());
        Assert.True(after["done"]!.GetValue<bool>());
    }

    [Fact(Timeout = 60_000)]
    public async Task Replaced_model_makes_every_image_of_it_wait_again()
    {
        await using var app = await App.StartAsync();
        var model = await app.PublishAsync();
        await app.DropAsync(model, "a.jpg");
        await app.Get<ClassifyQueued>().RunAsync(
            """{"model":"cifar10","images":["a.jpg"]}""", Calls.Taken(1), TestContext.Current.CancellationToken);

        await app.PublishAsync(description: "Another version.");

        var (_, body) = await StatusAsync(app, model.Value);
        Assert.Equal(1, body["waiting"]!.GetValue<int>());
    }

    [Theory(Timeout = 60_000)]
    [InlineData("20261122-231500-cifar10-4f1a")]
    [InlineData("../poison/x")]
    public async Task Job_that_does_not_exist_is_not_found(string job)
    {
        await using var app = await App.StartAsync();

        Assert.Equal(404, (await JobAsync(app, job)).Status);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("ghost", 404, "ModelNotFound")]
    [InlineData("No_Name", 400, "InvalidModelName")]
    public async Task Model_that_cannot_be_rescored_is_refused(string model, int expected, string code)
    {
        await using var app = await App.StartAsync();

        var (status, body) = (await app.Get<Rescore>().RunAsync(
            Calls.Request(model), TestContext.Current.CancellationToken)).Read();
        var (asked, _) = await StatusAsync(app, model);

        Assert.Equal((expected, expected), (status, asked));
        Assert.Equal(code, body["error"]!["code"]!.GetValue<string>());
    }

    private static async Task<(int Status, System.Text.Json.Nodes.JsonNode Body)> JobAsync(App app, string job)
    {
        var request = Calls.Request();
        request.RouteValues["job"] = job;
        return (await app.Get<JobStatus>().RunAsync(request, TestContext.Current.CancellationToken)).Read();
    }

    private static async Task<(int Status, System.Text.Json.Nodes.JsonNode Body)> StatusAsync(App app, string model) =>
        (await app.Get<RescoreStatus>().RunAsync(
            Calls.Request(model), TestContext.Current.CancellationToken)).Read();
}
