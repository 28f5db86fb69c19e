using System.Text.Json.Nodes;
using Azure;
using Azure.Identity;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Core.Queues;
using ServerlessMme.Functions.Tests.Support;

namespace ServerlessMme.Functions.Tests;

public sealed class HealthTests
{
    [Fact(Timeout = 60_000)]
    public async Task Health_says_what_is_loaded_what_waits_and_when_the_last_sweep_was()
    {
        await using var app = await App.StartAsync();
        var model = await app.PublishAsync();
        await app.DropAsync(model, "a.jpg");
        await app.Get<Reconcile>().RunAsync(new TimerInfo(), TestContext.Current.CancellationToken);
        await app.Get<ClassifyQueued>().RunAsync(
            """{"model":"cifar10","images":["a.jpg"]}""", Calls.Taken(1), TestContext.Current.CancellationToken);

        var (status, body) = (await app.Get<Health>().RunAsync(
            Calls.Request(), TestContext.Current.CancellationToken)).Read();

        Assert.Equal(200, status);
        Assert.Equal("cifar10", body["loaded"]![0]!["model"]!.GetValue<string>());
        Assert.Equal(1, body["queue"]!["waiting"]!.GetValue<int>());
        Assert.Equal(1, body["lastReconcile"]!["asked"]!.GetValue<int>());
    }

    [Fact(Timeout = 60_000)]
    public async Task Health_without_storage_is_503()
    {
        var app = await App.StartAsync();
        await app.Account.Poison.DeleteAsync(TestContext.Current.CancellationToken);

        var (status, body) = (await app.Get<Health>().RunAsync(
            Calls.Request(), TestContext.Current.CancellationToken)).Read();

        Assert.Equal(503, status);
        Assert.Null(body["queue"]);
        Assert.StartsWith(
            "Storage returned 404 QueueNotFound", body["status"]!.GetValue<string>(), StringComparison.Ordinal);
        await app.DisposeAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task Storage_that_hangs_is_503_within_five_seconds()
    {
        var time = new FakeTimeProvider();
        var asking = RunAsync(time, () => new TaskCompletionSource<int>().Task);
        time.Advance(TimeSpan.FromSeconds(3.9));
        Assert.False(asking.IsCompleted);

        time.Advance(TimeSpan.FromSeconds(0.1));

        var (status, body) = await asking;
        Assert.Equal(503, status);
        Assert.Contains(
            "did not respond within 4 seconds", body["status"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Null(body["queue"]);
        Assert.NotNull(body["loaded"]);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Identity_that_gets_no_token_is_503_and_says_which_settings_name_it(bool afterRetries)
    {
        Exception refusal = new CredentialUnavailableException("DefaultAzureCredential failed");
        refusal = afterRetries ? new AggregateException(new IOException("Reset."), refusal) : refusal;

        var (status, body) = await RunAsync(TimeProvider.System, () => Task.FromException<int>(refusal));

        Assert.Equal(503, status);
        var text = body["status"]!.GetValue<string>();
        Assert.Contains("could not sign in with its identity", text, StringComparison.Ordinal);
        Assert.Contains("AZURE_CLIENT_ID", text, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Identity_without_a_role_is_503_and_says_so()
    {
        var refusal = new RequestFailedException(403, "This request is not authorized.", "AuthorizationFailure", null);

        var (status, body) = await RunAsync(TimeProvider.System, () => Task.FromException<int>(refusal));

        Assert.Equal(503, status);
        Assert.Contains("403 AuthorizationFailure", body["status"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("roles", body["status"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Unexpected_failure_is_503_without_its_details()
    {
        var (status, body) = await RunAsync(
            TimeProvider.System, () => Task.FromException<int>(new InvalidOperationException("secret")));

        Assert.Equal(503, status);
        Assert.DoesNotContain("secret", body.ToJsonString(), StringComparison.Ordinal);
    }

    /// <summary>Asks an app without storage whose queues are counted so.</summary>
    private static async Task<(int Status, JsonNode Body)> RunAsync(TimeProvider time, Func<Task<int>> count)
    {
        await using var services = App.Compose(("AzureWebJobsStorage", "UseDevelopmentStorage=true"));
        var queue = new CountedQueue(count);
        var health = ActivatorUtilities.CreateInstance<Health>(services, new MessageQueues(queue, queue), time);
        return (await health.RunAsync(Calls.Request(), TestContext.Current.CancellationToken)).Read();
    }

    /// <summary>A queue that can only be counted.</summary>
    private sealed class CountedQueue(Func<Task<int>> count) : IMessageQueue
    {
        public Task<int> CountAsync(CancellationToken cancellationToken) => count();

        public Task<bool> ExistsAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task SendAsync(ReadOnlyMemory<byte> body, TimeSpan delay, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<ReceivedMessages> ReceiveAsync(
            int maxMessages, TimeSpan visibilityTimeout, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<IReadOnlyList<PeekedMessage>> PeekAsync(int maxMessages, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
