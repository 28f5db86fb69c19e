using System.Collections.Concurrent;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Core.Queues;
using ServerlessMme.Storage.Queues;
using ServerlessMme.Testing.Emulation;

namespace ServerlessMme.Core.Tests.Queues;

[Collection("classify queue")]
public sealed class VisibilityRenewalTests(AzuriteFixture azurite)
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly TimeSpan Visibility = TimeSpan.FromMinutes(5);

    [Fact(Timeout = 60_000)]
    public async Task A_message_that_is_gone_takes_no_other_out_of_hiding()
    {
        var updates = new Updates(parts: 3);
        var queue = azurite.Observed(updates).Classify;
        await queue.ClearMessagesAsync();
        await queue.SendMessageAsync("first");
        await queue.SendMessageAsync("second");
        var leased = (await new StorageMessageQueue(queue).ReceiveAsync(2, Visibility, None)).Messages;
        await leased[0].DeleteAsync(None);
        var time = new FakeTimeProvider();
        using var stop = new CancellationTokenSource();

        var renewing = new VisibilityRenewal(leased, Visibility, time, NullLogger.Instance).RunAsync(stop.Token);
        time.Advance(Visibility / 2);
        await updates.Second;
        time.Advance(Visibility / 2);
        await updates.Last;
        await stop.CancelAsync();
        await renewing;

        // The one that is gone is asked for once.
        Assert.Equal([204, 404], updates.Statuses.Take(2).Order());
        Assert.Equal([204], updates.Statuses.Skip(2));
    }

    [Fact(Timeout = 60_000)]
    public async Task Trouble_at_the_very_end_of_the_work_is_not_thrown()
    {
        using var stop = new CancellationTokenSource();
        var queue = azurite.Observed(new StopsAndFails(stop)).Classify;
        await queue.ClearMessagesAsync();
        await queue.SendMessageAsync("message");
        var leased = (await new StorageMessageQueue(queue).ReceiveAsync(1, Visibility, None)).Messages;
        var time = new FakeTimeProvider();

        var renewing = new VisibilityRenewal(leased, Visibility, time, NullLogger.Instance).RunAsync(stop.Token);
        time.Advance(Visibility / 2);
        await renewing;

        Assert.True(stop.IsCancellationRequested);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_removed_message_is_renewed_no_more()
    {
        var updates = new Updates(parts: 3);
        var queue = azurite.Observed(updates).Classify;
        await queue.ClearMessagesAsync();
        await queue.SendMessageAsync("first");
        await queue.SendMessageAsync("second");
        var leased = (await new StorageMessageQueue(queue).ReceiveAsync(2, Visibility, None)).Messages;
        var time = new FakeTimeProvider();
        using var stop = new CancellationTokenSource();
        await using var renewal = new VisibilityRenewal(leased, Visibility, time, NullLogger.Instance);

        var renewing = renewal.RunAsync(stop.Token);
        time.Advance(Visibility / 2);
        await updates.Second;
        await renewal.RemoveAsync(leased[0]);
        time.Advance(Visibility / 2);
        await updates.Last;
        await stop.CancelAsync();
        await renewing;

        Assert.Equal(3, updates.Statuses.Count);
        await leased[0].DeleteAsync(None);
    }

    [Fact(Timeout = 60_000)]
    public async Task Message_whose_request_hangs_keeps_no_other_from_renewal()
    {
        await using var hanging = await HangingRenewal.StartAsync();

        Assert.Equal([1, 1], hanging.Messages.Select(message => message.Requests));
    }

    [Fact(Timeout = 60_000)]
    public async Task Storage_that_hangs_holds_up_a_finished_message_no_longer_than_half_the_visibility_timeout()
    {
        await using var hanging = await HangingRenewal.StartAsync();

        var removing = hanging.Renewal.RemoveAsync(hanging.Messages[1]);
        Assert.False(removing.IsCompleted);
        hanging.Time.Advance(Visibility / 2);
        await removing;

        Assert.True(removing.IsCompletedSuccessfully);
    }

    private static bool IsUpdate(HttpMessage message) =>
        message.Request.Method == RequestMethod.Put && message.Request.Uri.Path.Contains("/messages/");

    /// <summary>A renewal of two messages, both of whose requests hang. Ends with the test.</summary>
    private sealed class HangingRenewal : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _renewing;

        private HangingRenewal()
        {
            Renewal = new VisibilityRenewal(Messages, Visibility, Time, NullLogger.Instance);
            _renewing = Renewal.RunAsync(_stop.Token);
            Time.Advance(Visibility / 2);
        }

        public SilentMessage[] Messages { get; } = [new(), new()];

        public FakeTimeProvider Time { get; } = new();

        public VisibilityRenewal Renewal { get; }

        /// <summary>Returns when storage has been asked to renew both.</summary>
        public static async Task<HangingRenewal> StartAsync()
        {
            var hanging = new HangingRenewal();
            await Task.WhenAll(hanging.Messages.Select(message => message.Asked));
            return hanging;
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _renewing;
            await Renewal.DisposeAsync();
            _stop.Dispose();
        }
    }

    /// <summary>A message of storage that accepts requests and never answers.</summary>
    private sealed class SilentMessage : ILeasedMessage
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Id => "silent";

        public Task Asked => _asked.Task;

        public int Requests { get; private set; }

        public ReadOnlyMemory<byte> Body => default;

        public long DequeueCount => 1;

        public DateTimeOffset? InsertedOn => null;

        public Task ExtendAsync(TimeSpan visibilityTimeout, CancellationToken cancellationToken)
        {
            Requests++;
            _asked.TrySetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }

        public Task DeleteAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    /// <summary>What storage answers to updates of messages.</summary>
    private sealed class Updates(int parts) : HttpPipelinePolicy
    {
        private readonly TaskCompletionSource _second = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _last = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ConcurrentQueue<int> Statuses { get; } = [];

        public Task Second => _second.Task;

        public Task Last => _last.Task;

        public override async ValueTask ProcessAsync(
            HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            await ProcessNextAsync(message, pipeline);
            if (!IsUpdate(message))
            {
                return;
            }

            Statuses.Enqueue(message.Response.Status);
            if (Statuses.Count >= 2)
            {
                _second.TrySetResult();
            }

            if (Statuses.Count >= parts)
            {
                _last.TrySetResult();
            }
        }

        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) =>
            throw new NotSupportedException();
    }

    /// <summary>The work ends while a message is updated, and the update fails.</summary>
    private sealed class StopsAndFails(CancellationTokenSource stop) : HttpPipelinePolicy
    {
        public override async ValueTask ProcessAsync(
            HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            if (IsUpdate(message))
            {
                await stop.CancelAsync();
                throw new RequestFailedException(500, "Storage is at its end.");
            }

            await ProcessNextAsync(message, pipeline);
        }

        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) =>
            throw new NotSupportedException();
    }
}
