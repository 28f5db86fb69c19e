using ServerlessMme.Storage.Queues;
using ServerlessMme.Testing.Emulation;

namespace ServerlessMme.Storage.Tests.Queues;

public sealed class StorageMessageQueueTests(AzuriteFixture azurite)
{
    private const int Timeout = 60_000;

    [Fact(Timeout = Timeout)]
    public async Task A_queue_that_is_missing_is_created_when_messages_are_received()
    {
        var stopping = TestContext.Current.CancellationToken;
        var queue = new StorageMessageQueue(azurite.Account.Queues.GetQueueClient("received-before-it-exists"));
        Assert.False(await queue.ExistsAsync(stopping));

        Assert.Empty((await queue.ReceiveAsync(1, TimeSpan.FromMinutes(1), stopping)).Messages);

        Assert.True(await queue.ExistsAsync(stopping));
    }

    [Fact(Timeout = Timeout)]
    public async Task A_queue_that_is_missing_is_created_when_a_message_is_sent()
    {
        var stopping = TestContext.Current.CancellationToken;
        var queue = new StorageMessageQueue(azurite.Account.Queues.GetQueueClient("sent-before-it-exists"));

        await queue.SendAsync("one"u8.ToArray(), TimeSpan.Zero, stopping);
        Assert.Single((await queue.ReceiveAsync(1, TimeSpan.FromMinutes(1), stopping)).Messages);
    }
}
