using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Core.Models;
using ServerlessMme.Serving.Gate;
using ServerlessMme.Serving.Tests.Support;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Serving.Tests.Errors;

public sealed class RefusalTests
{
    private static readonly byte[] Airplane = File.ReadAllBytes(Samples.First("cifar10"));

    [Theory]
    [InlineData("{}", "the member \"instances\" is missing")]
    [InlineData("""{"instances":[]}""", "the list of instances is empty")]
    [InlineData("""{"instances":[[[[1,2,3]]]]}""",
        "instance 0 has the shape [1,1,3], but must have [32,32,3] or [3,32,32]")]
    [InlineData("""{"instances":[[[[1,2,3],[1,2]]]]}""", "instance 0 has lists of different lengths at the same level")]
    [InlineData("""{"instances":[[[["1"]]]]}""", "instance 0 contains a value that isn't a number")]
    [InlineData("""{"instances":[[[[1e99]]]]}""", "instance 0 contains a value that isn't a number")]
    [InlineData("""{"instances":[1]}""",
        "instance 0 must consist of lists of numbers that are nested 3 levels deep")]
    [InlineData("""{"instances":[[[[[1]]]]]}""", "instance 0 contains a value that isn't a number")]
    [InlineData("""{"instances":[[[[1,""", "")]
    [InlineData("not json", "")]
    public async Task Instances_that_the_model_cannot_take_are_the_clients_error(string body, string problem)
    {
        await using var server = await RunningServer.StartAsync();

        var answer = await server.InvokeAsync("cifar10", Samples.Utf8(body), "application/json");

        Assert.Equal((HttpStatusCode.FailedDependency, "ModelError"), (answer.Status, answer.ErrorType));
        Assert.Equal(400, answer.Json.GetProperty("OriginalStatusCode").GetInt32());
        Assert.StartsWith("The body is not a valid {\"instances\":[…]}: " + problem,
            answer.Json.GetProperty("OriginalMessage").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_content_type_that_is_not_known_is_a_415_of_the_model()
    {
        await using var server = await RunningServer.StartAsync();

        var answer = await server.InvokeAsync("cifar10", Airplane, "text/csv");

        Assert.Equal(415, answer.Json.GetProperty("OriginalStatusCode").GetInt32());
    }

    [Fact]
    public async Task A_request_without_a_target_model_is_told_which_header_is_missing()
    {
        await using var server = await RunningServer.StartAsync();

        var answer = await server.SendAsync(HttpMethod.Post, "/endpoints/mme/invocations", Airplane, "image/jpeg");

        Assert.Equal((HttpStatusCode.BadRequest, "ValidationError"), (answer.Status, answer.ErrorType));
        Assert.Equal(
            "The request doesn't name a target model. Send the header X-Amzn-SageMaker-Target-Model.",
            answer.Json.GetProperty("Message").GetString());
    }

    [Fact]
    public async Task An_inference_id_of_more_than_64_characters_is_refused()
    {
        await using var server = await RunningServer.StartAsync();

        var answer = await server.InvokeAsync("cifar10", Airplane, "image/jpeg",
            ("X-Amzn-SageMaker-Inference-Id", new string('x', 65)));

        Assert.Equal((HttpStatusCode.BadRequest, "ValidationError"), (answer.Status, answer.ErrorType));
    }

    [Fact]
    public async Task A_body_over_the_limit_is_refused_with_413()
    {
        await using var server = await RunningServer.StartAsync(("Serve:MaxBodyBytes", "1000"));

        var answer = await server.InvokeAsync("cifar10", new byte[1001], "image/jpeg");
        var fitting = await server.InvokeAsync("cifar10", new byte[1000], "image/jpeg");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.Status);
        Assert.Equal(HttpStatusCode.FailedDependency, fitting.Status);
    }

    [Fact]
    public async Task A_full_house_refuses_with_503_and_still_answers_ping()
    {
        await using var server = await RunningServer.StartAsync(("Serve:MaxConcurrent", "1"), ("Serve:MaxQueued", "0"));
        Answer refused;
        Answer ping;
        using (server.Services.GetRequiredService<Admission>().Enter())
        {
            refused = await server.InvokeAsync("cifar10", Airplane, "image/jpeg");
            ping = await server.SendAsync(HttpMethod.Get, "/ping");
        }

        var answered = await server.InvokeAsync("cifar10", Airplane, "image/jpeg");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "ServiceUnavailable"), (refused.Status, refused.ErrorType));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (ping.Status, answered.Status));
    }

    [Fact]
    public async Task A_request_that_waits_past_its_time_is_a_timeout_of_the_model()
    {
        await using var server = await RunningServer.StartAsync(
            ("Serve:MaxConcurrent", "1"), ("Serve:RequestTimeout", "00:00:00.2"));
        var held = new TaskCompletionSource<int>();
        var holding = server.Services.GetRequiredService<Admission>()
            .RunAsync(() => held.Task, TestContext.Current.CancellationToken);

        var answer = await server.InvokeAsync("cifar10", Airplane, "image/jpeg");

        held.SetResult(0);
        await holding;
        Assert.Equal((HttpStatusCode.FailedDependency, "ModelError"), (answer.Status, answer.ErrorType));
        Assert.Equal(0, answer.Json.GetProperty("OriginalStatusCode").GetInt32());
    }

    [Fact]
    public async Task A_model_that_loads_for_too_long_is_not_ready_yet()
    {
        await using var server = await RunningServer.StartAsync(
            Repository.Models, services => services.AddSingleton<IModelCatalog, StuckCatalog>(),
            ("Serve:LoadTimeout", "00:00:00.2"));

        var answer = await server.InvokeAsync("cifar10", Airplane, "image/jpeg");

        Assert.Equal((HttpStatusCode.TooManyRequests, "ModelNotReadyException"), (answer.Status, answer.ErrorType));
    }

    [Theory]
    [InlineData("GET", "/endpoints/mme/invocations")]
    [InlineData("GET", "/nothing")]
    public async Task Another_path_or_verb_is_refused_in_the_same_form(string method, string path)
    {
        await using var server = await RunningServer.StartAsync();

        var answer = await server.SendAsync(HttpMethod.Parse(method), path);

        Assert.InRange((int)answer.Status, 404, 405);
    }
}
