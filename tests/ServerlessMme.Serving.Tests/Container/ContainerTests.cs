using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Serving.Container;
using ServerlessMme.Serving.Tests.Support;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Serving.Tests.Container;

/// <summary>The contract of a bring-your-own container in a multi-model endpoint of SageMaker.</summary>
public sealed class ContainerTests
{
    private static readonly byte[] Airplane = File.ReadAllBytes(Samples.First("cifar10"));

    [Fact]
    public async Task A_model_is_loaded_shown_invoked_and_unloaded()
    {
        await using var server = await RunningServer.StartAsync();
        var url = Path.Combine(Repository.Models, "cifar10");

        Assert.Equal(HttpStatusCode.NotFound, (await InvokeAsync(server, "a1b2")).Status);
        Assert.Equal(HttpStatusCode.OK, (await LoadAsync(server, "a1b2", url)).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await LoadAsync(server, "a1b2", url)).Status);
        var shown = (await server.SendAsync(HttpMethod.Get, "/models/a1b2")).Json;
        Assert.Equal("a1b2", shown.GetProperty("modelName").GetString());
        Assert.Equal(url, shown.GetProperty("modelUrl").GetString());
        var scores = Assert.Single((await InvokeAsync(server, "a1b2")).Predictions);
        Assert.Equal(0, scores.IndexOf(scores.Max()));
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync(HttpMethod.Delete, "/models/a1b2")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync(HttpMethod.Delete, "/models/a1b2")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync(HttpMethod.Get, "/models/a1b2")).Status);
    }

    [Fact]
    public async Task Models_are_listed_in_pages()
    {
        await using var server = await RunningServer.StartAsync();
        foreach (var name in new[] { "c", "a", "b" })
        {
            await LoadAsync(server, name, Path.Combine(Repository.Models, "cifar10"));
        }

        var first = (await server.SendAsync(HttpMethod.Get, "/models?limit=2")).Json;
        var token = first.GetProperty("nextPageToken").GetString();
        var second = (await server.SendAsync(HttpMethod.Get, $"/models?limit=2&next_page_token={token}")).Json;

        Assert.Equal(["a", "b"], Names(first));
        Assert.Equal(["c"], Names(second));
        Assert.False(second.TryGetProperty("nextPageToken", out _));
        Assert.Equal(
            HttpStatusCode.BadRequest, (await server.SendAsync(HttpMethod.Get, "/models?limit=none")).Status);
    }

    [Fact]
    public async Task A_model_that_an_invocation_loaded_is_listed_shown_and_invoked_like_any_other()
    {
        await using var server = await RunningServer.StartAsync();
        await LoadAsync(server, "a1b2", Path.Combine(Repository.Models, "cifar10"));
        await LoadAsync(server, "d3e4", Path.Combine(Repository.Models, "cifar10"));
        var invoked = await server.InvokeAsync("cifar10", Airplane, "image/jpeg");
        Assert.Equal(HttpStatusCode.OK, invoked.Status);

        var first = (await server.SendAsync(HttpMethod.Get, "/models?limit=2")).Json;
        var second = (await server.SendAsync(HttpMethod.Get, "/models?next_page_token=2")).Json;
        var shown = (await server.SendAsync(HttpMethod.Get, "/models/cifar10")).Json;
        var again = await InvokeAsync(server, "cifar10");
        var unloaded = await server.SendAsync(HttpMethod.Delete, "/models/cifar10");

        Assert.Equal(["a1b2", "cifar10"], Names(first));
        Assert.Equal(["d3e4"], Names(second));
        Assert.Equal(Path.Combine(Repository.Models, "cifar10"), shown.GetProperty("modelUrl").GetString());
        Assert.Equal(invoked.Text, again.Text);
        Assert.Equal(HttpStatusCode.Conflict, unloaded.Status);
        Assert.Contains(
            "was loaded by an invocation", unloaded.Json.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_does_not_fit_into_memory_is_507_so_that_SageMaker_unloads_another()
    {
        await using var server = await RunningServer.StartAsync(("Serve:MaxMemoryBytes", "1000000"));

        var answer = await LoadAsync(server, "a1b2", Path.Combine(Repository.Models, "cifar10"));

        Assert.Equal(HttpStatusCode.InsufficientStorage, answer.Status);
        Assert.Equal(507, answer.Json.GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task A_load_that_runs_out_of_memory_is_507_whatever_its_message()
    {
        var (status, type) = await RefusedLoadAsync(new Refusal(ErrorCode.OutOfMemory, "It does not fit."));

        Assert.Equal((HttpStatusCode.InsufficientStorage, "InsufficientStorageException"), (status, type));
    }

    [Fact]
    public async Task A_broken_model_is_400_even_if_its_message_mentions_memory()
    {
        var (status, type) = await RefusedLoadAsync(
            new Refusal(ErrorCode.InvalidModel, "The node 'allocate memory' is unknown."));

        Assert.Equal((HttpStatusCode.BadRequest, "InvalidModel"), (status, type));
    }

    [Theory]
    [InlineData("/etc")]
    [InlineData("../sample-images/cifar10")]
    [InlineData("nothing-here")]
    [InlineData("")]
    public async Task A_folder_outside_the_models_or_without_a_model_is_refused(string url)
    {
        await using var server = await RunningServer.StartAsync();

        var answer = await LoadAsync(server, "a1b2", url.Length == 0 ? url : Path.Combine(Repository.Models, url));

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
    }

    [Theory]
    [InlineData("a1b2", @"/opt/ml/models/\u0000", @"url '/opt/ml/models/\u0000' has a control character")]
    [InlineData(@"\ud800", "/opt/ml/models/a", "model_name is not valid Unicode")]
    [InlineData("a1b2", @"/opt/ml/models/\udc00", "url is not valid Unicode")]
    [InlineData(@"a\u0007b", "/opt/ml/models/a", @"model_name 'a\u0007b' has a control character")]
    public async Task A_name_or_url_that_is_no_text_is_refused_with_the_reason(string name, string url, string reason)
    {
        await using var server = await RunningServer.StartAsync();

        var answer = await LoadAsync(server, name, url);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.StartsWith(reason, answer.Json.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unloading_waits_for_who_is_using_the_model_and_lets_nobody_in()
    {
        await using var server = await RunningServer.StartAsync();
        await LoadAsync(server, "a1b2", Path.Combine(Repository.Models, "cifar10"));
        var model = server.Services.GetRequiredService<ContainerModels>().Find("a1b2")!;
        Assert.True(model.TryEnter());

        var unloading = server.SendAsync(HttpMethod.Delete, "/models/a1b2");
        while (server.Services.GetRequiredService<ContainerModels>().Find("a1b2") is not null)
        {
            await Task.Yield();
        }

        Assert.False(unloading.IsCompleted);
        model.Exit();
        Assert.Equal(HttpStatusCode.OK, (await unloading).Status);
        Assert.False(model.TryEnter());
    }

    private static async Task<(HttpStatusCode Status, string? Type)> RefusedLoadAsync(Refusal refusal)
    {
        await using var server = await RunningServer.StartAsync(Repository.Models, services =>
            services.RemoveAll<IBackendFactory>().AddSingleton<IBackendFactory>(new RefusingBackends(refusal)));

        var answer = await LoadAsync(server, "a1b2", Path.Combine(Repository.Models, "cifar10"));

        return (answer.Status, answer.Json.GetProperty("type").GetString());
    }

    private static IEnumerable<string?> Names(System.Text.Json.JsonElement page) =>
        page.GetProperty("models").EnumerateArray().Select(model => model.GetProperty("modelName").GetString());

    private static Task<Answer> LoadAsync(RunningServer server, string name, string url) => server.SendAsync(
        HttpMethod.Post, "/models", Samples.Utf8($$"""{"model_name":"{{name}}","url":"{{url}}"}"""),
        "application/json");

    private static Task<Answer> InvokeAsync(RunningServer server, string name) =>
        server.SendAsync(HttpMethod.Post, $"/models/{name}/invoke", Airplane, "image/jpeg");

    private sealed class RefusingBackends(Refusal refusal) : IBackendFactory
    {
        public string Type => "onnx";

        public Task<Outcome<IBackend>> CreateAsync(ModelDescriptor descriptor, ModelFiles files, Manifest manifest,
            LoadAllowance allowance, CancellationToken cancellationToken) =>
            Task.FromResult<Outcome<IBackend>>(refusal);
    }
}
