using ServerlessMme.Storage.Queues;
using ServerlessMme.Testing.Emulation;

namespace ServerlessMme.Storage.Tests.Queues;

public sealed class StorageMessageQueueTests(AzuriteFixture azurite)
{
    [Fact(Timeout = 60_000)]
    public async Task A_queue_exists_once_it_was_created()
    {
        var stopping = TestContext.Current.CancellationToken;
        var client = azurite.Account.Queues.GetQueueClient("not-there-at-first");
        var queue = new StorageMessageQueue(client);
        Assert.False(await queue.ExistsAsync(stopping));

        await client.CreateAsync(cancellationToken: stopping);

        Assert.True(await queue.ExistsAsync(stopping));
    }
}
