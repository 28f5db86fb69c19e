using System.Text;
using Azure.Storage.Blobs.Specialized;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Queues;
using ServerlessMme.Functions.Tests.Support;
using ServerlessMme.Functions.Triggers;

namespace ServerlessMme.Functions.Tests;

public sealed class FailingMessageTests
{
    private const string Message = """{"model":"cifar10","images":["a.jpg"]}""";

    [Fact(Timeout = 60_000)]
    public async Task Trouble_is_thrown_for_the_host_to_try_again_and_explained_on_the_last_try_only()
    {
        await using var app = await App.StartAsync();
        var model = await app.PublishAsync();
        await app.DropAsync(model, "a.jpg");
        await app.LockLabelAsync(model, "a.jpg");
        var last = new QueueOptions().MaxTries;

        var before = await Record.ExceptionAsync(() => RunAsync(app, Message, last - 1, new ShortWaits()));
        var unexplained = await app.ReasonAsync(Message);
        var failure = await Record.ExceptionAsync(() => RunAsync(app, Message, last, new ShortWaits()));
        var reason = await app.ReasonAsync(Convert.ToBase64String(Encoding.UTF8.GetBytes(Message)));

        Assert.IsType<MessageFailedException>(before);
        Assert.Null(unexplained);
        Assert.IsType<MessageFailedException>(failure);
        Assert.Equal(last, reason!["tries"]!.GetValue<int>());
        Assert.Equal(Message, reason["originalMessage"]!.GetValue<string>());
        Assert.Null((await app.LabelAsync(model, "a.jpg"))!["label"]);
    }

    [Fact(Timeout = 60_000)]
    public async Task Trouble_of_a_second_costs_no_try_of_the_host()
    {
        await using var app = await App.StartAsync();
        var model = await app.PublishAsync();
        await app.DropAsync(model, "a.jpg");
        await app.LockLabelAsync(model, "a.jpg");
        var waits = new ShortWaits { Before = () => BreakLeaseAsync(app, model) };

        await RunAsync(app, Message, 1, waits);

        Assert.Equal([TimeSpan.FromSeconds(1)], waits.Seen);
        Assert.Equal("airplane", (await app.LabelAsync(model, "a.jpg"))!["label"]!.GetValue<string>());
    }

    [Fact(Timeout = 60_000)]
    public async Task Bad_name_goes_to_the_poison_queue_once_however_often_the_rest_is_retried()
    {
        const string bad = """{"model":"cifar10","images":["../x","a.jpg"]}""";
        await using var app = await App.StartAsync();
        var model = await app.PublishAsync();
        await app.DropAsync(model, "a.jpg");
        await app.LockLabelAsync(model, "a.jpg");

        await Assert.ThrowsAsync<MessageFailedException>(() => RunAsync(app, bad, 1, new ShortWaits()));

        var poison = await app.Account.Poison.PeekMessagesAsync(32, TestContext.Current.CancellationToken);
        Assert.Equal(bad, Assert.Single(poison.Value).Body.ToString());
    }

    [Fact(Timeout = 60_000)]
    public async Task Last_try_that_the_host_cancels_is_explained()
    {
        await using var app = await App.StartAsync();
        await app.PublishAsync();
        using var stopped = new CancellationTokenSource();
        await stopped.CancelAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => new ClassifyQueued(app.Runner(TimeProvider.System)).RunAsync(
            Message, Calls.Taken(new QueueOptions().MaxTries), stopped.Token));

        var reason = await app.ReasonAsync(Message);
        Assert.Contains(
            "The host stopped the app", reason!["reasons"]![0]!["message"]!.GetValue<string>(),
            StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Storage_that_hangs_holds_up_a_last_try_no_longer_than_half_a_minute()
    {
        await using var app = await App.StartAsync();
        var model = await app.PublishAsync();
        await app.DropAsync(model, "a.jpg");
        await app.LockLabelAsync(model, "a.jpg");
        var time = new ShortWaits { Below = TimeSpan.FromSeconds(31) };

        await Assert.ThrowsAsync<MessageFailedException>(() => new ClassifyQueued(
            app.Runner(time, new FailingReasons(hangs: true))).RunAsync(
                Message, Calls.Taken(new QueueOptions().MaxTries), TestContext.Current.CancellationToken));

        Assert.Equal([1, 4, 30], time.Seen.Select(wait => wait.TotalSeconds));
    }

    private static async Task BreakLeaseAsync(App app, ModelName model) =>
        await app.Account.LabelsOf(model).GetBlobClient("a.jpg.json").GetBlobLeaseClient()
            .BreakAsync(TimeSpan.Zero, cancellationToken: TestContext.Current.CancellationToken);

    private static Task RunAsync(App app, string message, int tries, TimeProvider time) =>
        new ClassifyQueued(app.Runner(time)).RunAsync(
            message, Calls.Taken(tries), TestContext.Current.CancellationToken);
}
