using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Azure.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Functions.Tests.Support;

namespace ServerlessMme.Functions.Tests;

public sealed class StorageFailureTests
{
    private const string Job = "20261122-231500-cifar10-4f1a";

    [Theory(Timeout = 60_000)]
    [InlineData(typeof(Rescore))]
    [InlineData(typeof(RescoreStatus))]
    [InlineData(typeof(JobStatus))]
    public async Task Storage_that_hangs_is_503_within_five_seconds(Type function)
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var services = App.Compose(("AzureWebJobsStorage", AccountAt((IPEndPoint)silent.LocalEndpoint)));
        var time = new FakeTimeProvider();
        var asking = RunAsync(ActivatorUtilities.CreateInstance(services, function, time));
        time.Advance(TimeSpan.FromSeconds(3.9));
        Assert.False(asking.IsCompleted);

        time.Advance(TimeSpan.FromSeconds(0.1));

        var (status, error) = await asking;
        Assert.Equal((503, "ServiceUnavailable"), (status, error["code"]!.GetValue<string>()));
        Assert.Contains(
            "did not respond within 4 seconds", error["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(typeof(Rescore))]
    [InlineData(typeof(RescoreStatus))]
    public async Task Identity_that_gets_no_token_is_503_and_says_what_to_change_in_the_app(Type function)
    {
        await using var services = App.Compose(("AzureWebJobsStorage", "UseDevelopmentStorage=true"));

        var (status, error) = await RunAsync(
            ActivatorUtilities.CreateInstance(services, function, new ForbiddenCatalog()));

        Assert.Equal(503, status);
        var text = error["message"]!.GetValue<string>();
        Assert.Contains("AZURE_CLIENT_ID", text, StringComparison.Ordinal);
        Assert.DoesNotContain("az login", text, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Record_that_cannot_be_read_is_503_and_says_which()
    {
        await using var app = await App.StartAsync();
        await app.Account.Jobs.GetBlobClient($"{Job}.json").UploadAsync(
            BinaryData.FromString("{"), TestContext.Current.CancellationToken);

        var (status, error) = await RunAsync(app.Get<JobStatus>());

        Assert.Equal(503, status);
        Assert.Contains(Job, error["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    private static async Task<(int Status, JsonNode Error)> RunAsync(object function)
    {
        var request = Calls.Request("cifar10");
        request.RouteValues["job"] = Job;
        var stop = TestContext.Current.CancellationToken;
        var (status, body) = (await (function switch
        {
            Rescore rescore => rescore.RunAsync(request, stop),
            RescoreStatus rescore => rescore.RunAsync(request, stop),
            JobStatus job => job.RunAsync(request, stop),
            _ => Task.FromException<IActionResult>(new ArgumentException(function.ToString())),
        })).Read();
        return (status, body["error"]!);
    }

    private static string AccountAt(IPEndPoint server) =>
        "DefaultEndpointsProtocol=http;AccountName=silent;AccountKey=c2lsZW50;"
        + $"BlobEndpoint=http://{server}/silent;QueueEndpoint=http://{server}/silent";

    private sealed class ForbiddenCatalog : IModelCatalog
    {
        public Task<ModelDescriptor?> FindAsync(ModelName name, CancellationToken cancellationToken) =>
            Task.FromException<ModelDescriptor?>(new CredentialUnavailableException("DefaultAzureCredential failed"));

        public IAsyncEnumerable<ModelDescriptor> ListAsync(CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<Outcome<ModelFiles>> FetchAsync(ModelDescriptor descriptor, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
