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
        await AnswerAsync(app, 0);
        var (_, listed) = await StatusAsync(app, model.Value);
        await AnswerAsync(app, 1);

        Assert.Equal(202, status);
        var job = started["job"]!.GetValue<string>();
        Assert.Equal($"/api/jobs/{job}", post.HttpContext.Response.Headers.Location.ToString());
        var (found, record) = await JobAsync(app, job);
        Assert.Equal(200, found);
        Assert.Equal("completed", record["state"]!.GetValue<string>());
        Assert.Equal(1, record["counts"]!["done"]!.GetValue<int>());
        var (found2, after) = await StatusAsync(app, model.Value);
        Assert.Equal((200, job, job), (found2, before["job"]!.GetValue<string>(), after["job"]!.GetValue<string>()));
        Assert.Equal(
            ["listing", "running", "completed"],
            new[] { before, listed, after }.Select(body => body["state"]!.GetValue<string>()));
        Assert.Null(before["counts"]!["total"]);
        Assert.Equal(1, listed["counts"]!["total"]!.GetValue<int>());
        Assert.Equal(1, after["counts"]!["done"]!.GetValue<int>());
        Assert.Equal((false, true), (listed["done"]!.GetValue<bool>(), after["done"]!.GetValue<bool>()));
        Assert.Equal($"/api/jobs/{job}", after["status"]!.GetValue<string>());
    }

    [Fact(Timeout = 60_000)]
    public async Task Replaced_model_has_every_image_of_it_scored_again()
    {
        await using var app = await App.StartAsync();
        var model = await app.PublishAsync();
        await app.DropAsync(model, "a.jpg");
        await app.Get<ClassifyQueued>().RunAsync(
            """{"model":"cifar10","images":["a.jpg"]}""", Calls.Taken(1), TestContext.Current.CancellationToken);
        await app.PublishAsync(description: "Another version.");

        await app.Get<Rescore>().RunAsync(Calls.Request(model.Value), TestContext.Current.CancellationToken);
        await AnswerAsync(app, 0);

        var (_, body) = await StatusAsync(app, model.Value);
        Assert.Equal(1, body["counts"]!["total"]!.GetValue<int>());
    }

    [Fact(Timeout = 60_000)]
    public async Task Model_that_was_never_rescored_has_no_status()
    {
        await using var app = await App.StartAsync();
        var model = await app.PublishAsync();

        var (status, body) = await StatusAsync(app, model.Value);

        Assert.Equal((404, "JobNotFound"), (status, body["error"]!["code"]!.GetValue<string>()));
        Assert.Contains("POST /api/models/cifar10/rescore", Message(body), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Queue_that_takes_no_message_is_unavailable_and_cancels_the_job()
    {
        await using var app = await App.StartAsync();
        var model = await app.PublishAsync();
        await app.Account.Classify.DeleteAsync(TestContext.Current.CancellationToken);

        var (status, body) = (await app.Get<Rescore>().RunAsync(
            Calls.Request(model.Value), TestContext.Current.CancellationToken)).Read();

        Assert.Equal((503, "ServiceUnavailable"), (status, body["error"]!["code"]!.GetValue<string>()));
        Assert.DoesNotContain("   at ", Message(body), StringComparison.Ordinal);
        Assert.Single(Message(body).Split('\n'));
        var (_, latest) = await StatusAsync(app, model.Value);
        Assert.Contains(latest["job"]!.GetValue<string>(), Message(body), StringComparison.Ordinal);
        Assert.Equal("cancelled", latest["state"]!.GetValue<string>());
        Assert.True(latest["done"]!.GetValue<bool>());
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

    private static string Message(System.Text.Json.Nodes.JsonNode body) =>
        body["error"]!["message"]!.GetValue<string>();

    /// <summary>Answers a message of the queue, which stays there.</summary>
    private static async Task AnswerAsync(App app, int index) => await app.Get<ClassifyQueued>().RunAsync(
        (await app.QueuedAsync())[index].ToJsonString(), Calls.Taken(1), TestContext.Current.CancellationToken);

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
