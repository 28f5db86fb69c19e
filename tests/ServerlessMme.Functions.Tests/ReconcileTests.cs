using Microsoft.Azure.Functions.Worker;
using ServerlessMme.Functions.Tests.Support;
using ServerlessMme.Functions.Triggers;

namespace ServerlessMme.Functions.Tests;

public sealed class ReconcileTests
{
    [Fact(Timeout = 60_000)]
    public async Task Timer_asks_for_what_has_no_label_and_the_queue_brings_it()
    {
        await using var app = await App.StartAsync();
        var model = await app.PublishAsync();
        await app.DropAsync(model, "a.jpg");
        await app.DropAsync(model, "b.jpg");

        await app.Get<Reconcile>().RunAsync(new TimerInfo(), TestContext.Current.CancellationToken);

        var message = Assert.Single(await app.QueuedAsync());
        Assert.Equal(2, app.Get<ReconcileRunner>().Last!.Asked);
        await app.Get<ClassifyQueued>().RunAsync(
            message.ToJsonString(), Calls.Taken(1), TestContext.Current.CancellationToken);
        Assert.NotNull(await app.LabelAsync(model, "a.jpg"));
        Assert.NotNull(await app.LabelAsync(model, "b.jpg"));
    }

    [Fact(Timeout = 60_000)]
    public async Task Timer_without_any_model_finds_nothing()
    {
        await using var app = await App.StartAsync();

        await app.Get<Reconcile>().RunAsync(new TimerInfo(), TestContext.Current.CancellationToken);

        Assert.Equal(0, app.Get<ReconcileRunner>().Last!.Asked);
    }

    [Fact(Timeout = 60_000)]
    public async Task Timer_checks_models_for_drift_that_are_due()
    {
        await using var app = await App.StartAsync(("Mme:Drift:Schedules:cifar10", "* * * * * *"));

        await app.Get<Reconcile>().RunAsync(new TimerInfo(), TestContext.Current.CancellationToken);

        var record = await app.Account.Jobs.GetBlobClient("drift/cifar10.json")
            .DownloadContentAsync(TestContext.Current.CancellationToken);
        Assert.Contains("only 0 answers in the last 7 days", record.Value.Content.ToString(), StringComparison.Ordinal);
    }
}
