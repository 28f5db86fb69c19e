using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Processing;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Requests;
using ServerlessMme.Core.Tests.Jobs;
using ServerlessMme.Storage.Images;
using ServerlessMme.Storage.Queues;
using ServerlessMme.Testing.Emulation;
using ServerlessMme.Testing.Memory;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Core.Tests.Processing;

[Collection("classify queue")]
public sealed class QueueListenerTests(AzuriteFixture azurite)
{
    private const int Timeout = 60_000;

    [Fact(Timeout = Timeout)]
    public async Task A_message_that_fails_five_times_goes_to_poison_with_what_was_thrown()
    {
        await azurite.Account.Classify.ClearMessagesAsync();
        var model = await azurite.CreateModelAsync();
        var message = $$"""{"model":"{{model}}","images":["a.jpg"]}""";
        await azurite.Account.Classify.SendMessageAsync(message);
        var sink = new FailingSink(failures: int.MaxValue);

        var digest = MessageDigest.Of(Encoding.UTF8.GetBytes(message));
        var reason = azurite.Account.Jobs.GetBlobClient(PoisonWriter.ReasonName(digest));

        await RunUntilAsync(sink, async () => await reason.ExistsAsync());

        Assert.Equal(5, sink.Tries);
        Assert.True(await FindPoisonAsync(message), "The message is in the poison queue.");
        using var json = JsonDocument.Parse((await reason.DownloadContentAsync()).Value.Content);
        var first = json.RootElement.GetProperty("reasons")[0];
        Assert.Equal("IOException", first.GetProperty("code").GetString());
        Assert.Equal("The disk is full.", first.GetProperty("message").GetString());
        Assert.Equal(5, json.RootElement.GetProperty("tries").GetInt64());
    }

    [Fact(Timeout = Timeout)]
    public async Task A_message_that_fails_once_is_answered_by_the_second_try()
    {
        await azurite.Account.Classify.ClearMessagesAsync();
        var model = await azurite.CreateModelAsync();
        await azurite.Account.Classify.SendMessageAsync($$"""{"model":"{{model}}","images":["a.jpg"]}""");
        var sink = new FailingSink(failures: 1);

        await RunUntilAsync(sink, async () =>
            (await azurite.Account.Classify.GetPropertiesAsync()).Value.ApproximateMessagesCount == 0);

        Assert.Equal(2, sink.Tries);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_bad_name_is_given_up_once_however_often_the_rest_is_tried()
    {
        await azurite.Account.Classify.ClearMessagesAsync();
        await azurite.Account.Poison.ClearMessagesAsync();
        var model = await azurite.CreateModelAsync();
        var message = $$"""{"model":"{{model}}","images":["../x","a.jpg"]}""";
        await azurite.Account.Classify.SendMessageAsync(message);
        var sink = new FailingSink(failures: 2);

        await RunUntilAsync(sink, async () =>
            (await azurite.Account.Classify.GetPropertiesAsync()).Value.ApproximateMessagesCount == 0);

        Assert.Equal(3, sink.Tries);
        Assert.Single(
            (await azurite.Account.Poison.PeekMessagesAsync(32)).Value, poison => poison.Body.ToString() == message);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_message_whose_jobs_record_cannot_be_read_goes_to_poison_all_the_same()
    {
        await azurite.Account.Classify.ClearMessagesAsync();
        var model = await azurite.CreateModelAsync();
        var job = JobId.Create(model, TimeProvider.System.GetUtcNow());
        await azurite.Account.Jobs.GetBlobClient($"{job}.json").UploadAsync(BinaryData.FromString("no record"));
        var message = $$"""{"model":"{{model}}","images":["a.jpg"],"job":"{{job}}"}""";
        await azurite.Account.Classify.SendMessageAsync(message);

        await RunUntilAsync(new FailingSink(failures: 0), async () =>
            (await azurite.Account.Classify.GetPropertiesAsync()).Value.ApproximateMessagesCount == 0);

        Assert.True(await FindPoisonAsync(message), "The message is in the poison queue.");
        var digest = MessageDigest.Of(Encoding.UTF8.GetBytes(message));
        var reason = azurite.Account.Jobs.GetBlobClient(PoisonWriter.ReasonName(digest));
        using var json = JsonDocument.Parse((await reason.DownloadContentAsync()).Value.Content);
        Assert.Equal(
            nameof(JobUnreadableException),
            json.RootElement.GetProperty("reasons")[0].GetProperty("code").GetString());
    }

    [Fact(Timeout = Timeout)]
    public async Task A_message_that_ended_every_process_that_took_it_goes_to_poison_untried()
    {
        await azurite.Account.Classify.ClearMessagesAsync();
        var model = await azurite.CreateModelAsync();
        var message = $$"""{"model":"{{model}}","images":["a.jpg"]}""";
        await azurite.Account.Classify.SendMessageAsync(message);
        for (var i = 0; i < 2; i++)
        {
            // Taken by processes that died.
            await azurite.Account.Classify.ReceiveMessagesAsync(1, TimeSpan.FromSeconds(1));
            await Eventually.GetAsync(TimeSpan.FromSeconds(20), "visible message", async () =>
                (await azurite.Account.Classify.PeekMessagesAsync(1)).Value is [] ? null : "");
        }

        var sink = new FailingSink(failures: 0);
        await RunUntilAsync(
            sink,
            async () => (await azurite.Account.Classify.GetPropertiesAsync()).Value.ApproximateMessagesCount == 0,
            maxTries: 2);

        Assert.Equal(0, sink.Tries);
        Assert.True(await FindPoisonAsync(message), "The message is in the poison queue.");
    }

    [Fact(Timeout = Timeout)]
    public async Task An_answered_message_leaves_the_queue_while_another_of_its_batch_is_in_work()
    {
        await azurite.Account.Classify.ClearMessagesAsync();
        var slow = await azurite.CreateModelAsync();
        var fast = await azurite.CreateModelAsync();
        await azurite.Account.Classify.SendMessageAsync($$"""{"model":"{{slow}}","images":["a.jpg"]}""");
        await azurite.Account.Classify.SendMessageAsync($$"""{"model":"{{fast}}","images":["a.jpg"]}""");
        var release = new TaskCompletionSource();
        var counts = new List<int>();

        await RunUntilAsync(new FailingSink(failures: 0, only: slow) { Held = release.Task }, async () =>
        {
            counts.Add((await azurite.Account.Classify.GetPropertiesAsync()).Value.ApproximateMessagesCount);
            if (counts[^1] == 1)
            {
                release.TrySetResult();
            }

            return counts[^1] == 0;
        });

        Assert.Contains(1, counts);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_message_that_cannot_be_put_away_leaves_no_other_of_its_batch_on_the_queue()
    {
        await azurite.Account.Classify.ClearMessagesAsync();
        var bad = await azurite.CreateModelAsync();
        var good = await azurite.CreateModelAsync();
        await azurite.Account.Classify.SendMessageAsync($$"""{"model":"{{bad}}","images":["a.jpg"]}""");
        await azurite.Account.Classify.SendMessageAsync($$"""{"model":"{{good}}","images":["a.jpg"]}""");
        await azurite.Account.Poison.DeleteAsync();
        var sink = new FailingSink(failures: int.MaxValue, only: bad);

        try
        {
            // The first fails, and cannot be given up while there is no poison queue.
            await RunUntilAsync(
                sink,
                async () =>
                    (await azurite.Account.Classify.GetPropertiesAsync()).Value.ApproximateMessagesCount == 1,
                maxTries: 1);
        }
        finally
        {
            await azurite.Account.Poison.CreateAsync();
            await azurite.Account.Classify.ClearMessagesAsync();
        }

        Assert.Equal(1, sink.Tries);
    }

    private async Task RunUntilAsync(FailingSink sink, Func<Task<bool>> isDone, int maxTries = 5)
    {
        using var classifier = new ClassifierWithoutModels(azurite.Account);
        var poison = Processors.Poison(azurite.Account);
        var images = new BlobImageSource(azurite.Account, AmpleMemory.Create(), Options.Create(new ImageOptions()));
        var jobs = new Ledger(azurite.Account, sink).Messages;
        var listener = new QueueListener(
            StorageMessageQueue.Of(azurite.Account),
            Processors.Create(azurite.Account, classifier.Classifier, images, sink, poison, jobs),
            poison,
            jobs,
            Options.Create(new QueueOptions
            {
                Listeners = 1,
                MaxTries = maxTries,
                PollInterval = TimeSpan.FromMilliseconds(20),
                RetryDelay = TimeSpan.FromMilliseconds(10),
            }),
            TimeProvider.System,
            NullLogger<QueueListener>.Instance);
        using var stop = new CancellationTokenSource();
        var listening = listener.RunAsync(stop.Token);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await isDone())
        {
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        await stop.CancelAsync();
        await listening;
    }

    private async Task<bool> FindPoisonAsync(string message) =>
        (await azurite.Account.Poison.PeekMessagesAsync(32)).Value.Any(poison => poison.Body.ToString() == message);

    /// <summary>A disk that is full so many times, for one model or all.</summary>
    private sealed class FailingSink(int failures, ModelName? only = null) : ILabelSink
    {
        public int Tries { get; private set; }

        public Task<LabelStamp?> FindAsync(ModelName model, string image, CancellationToken cancellationToken) =>
            Task.FromResult<LabelStamp?>(null);

        /// <summary>What labels of the models that fail wait for.</summary>
        public Task Held { get; init; } = Task.CompletedTask;

        public async Task<LabelStamp?> WriteAsync(ModelName model, Label label, CancellationToken cancellationToken)
        {
            if (only is not null && model != only)
            {
                return null;
            }

            await Held;
            Tries++;
            return Tries > failures ? null : throw new IOException("The disk is full.");
        }
    }
}
