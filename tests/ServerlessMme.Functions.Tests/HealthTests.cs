using Microsoft.Azure.Functions.Worker;
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
        await app.DisposeAsync();
    }
}
