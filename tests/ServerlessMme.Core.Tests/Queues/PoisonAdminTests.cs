using System.Text;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Requests;
using ServerlessMme.Core.Tests.Processing;
using ServerlessMme.Storage;
using ServerlessMme.Storage.Documents;
using ServerlessMme.Storage.Queues;
using ServerlessMme.Testing.Emulation;

namespace ServerlessMme.Core.Tests.Queues;

[Collection("classify queue")]
public sealed class PoisonAdminTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly PoisonWriter _messages = Processors.Poison(azurite.Account);
    private readonly BlobDocumentStore _documents = new(azurite.Account);

    private StorageAccount Account => azurite.Account;

    private PoisonAdmin Queue => new(StorageMessageQueue.Of(Account), _documents);

    public async ValueTask InitializeAsync()
    {
        await Account.Classify.ClearMessagesAsync();
        await Account.Poison.ClearMessagesAsync();
        await foreach (var blob in Account.Jobs.GetBlobsAsync(
            Azure.Storage.Blobs.Models.BlobTraits.None,
            Azure.Storage.Blobs.Models.BlobStates.None, "poison/", None))
        {
            await Account.Jobs.DeleteBlobAsync(blob.Name);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact(Timeout = 60_000)]
    public async Task A_message_that_is_tried_again_is_on_the_queue_and_nowhere_else()
    {
        var one = await AddAsync("one");
        var two = await AddAsync("two");

        var retried = await Queue.RetryAsync(one, None);

        Assert.Equal([one], retried);
        Assert.Equal("one", Assert.Single((await Account.Classify.PeekMessagesAsync(32)).Value).Body.ToString());
        Assert.Equal("two", Assert.Single((await Account.Poison.PeekMessagesAsync(32)).Value).Body.ToString());
        Assert.Equal([two], (await Queue.ListAsync(None)).Select(entry => entry.Digest));
    }

    [Fact(Timeout = 60_000)]
    public async Task All_are_tried_again_however_many()
    {
        for (var i = 0; i < 70; i++)
        {
            await AddAsync($"message {i}");
        }

        var retried = await Queue.RetryAsync((string?)null, None);

        Assert.Equal(70, retried.Count);
        Assert.Equal(70, (await Account.Classify.GetPropertiesAsync()).Value.ApproximateMessagesCount);
        Assert.Empty(await Queue.ListAsync(None));
        Assert.Equal(0, await Queue.CountAsync(None));
    }

    [Fact(Timeout = 60_000)]
    public async Task Several_are_tried_again_or_dropped_in_one_pass_and_the_others_stay()
    {
        var (one, two, three) = (await AddAsync("one"), await AddAsync("two"), await AddAsync("three"));

        var retried = await Queue.RetryAsync(new HashSet<string> { one, "unknown" }, None);
        var dropped = await Queue.DropAsync(new HashSet<string> { two }, None);

        Assert.Equal([one], retried);
        Assert.Equal([two], dropped);
        Assert.Equal("one", Assert.Single((await Account.Classify.PeekMessagesAsync(32)).Value).Body.ToString());
        Assert.Equal([three], (await Queue.ListAsync(None)).Select(entry => entry.Digest));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_retry_that_cannot_send_loses_neither_message_nor_reason()
    {
        var one = await AddAsync("one");
        await Account.Classify.DeleteAsync();

        try
        {
            await Assert.ThrowsAsync<Azure.RequestFailedException>(() => Queue.RetryAsync(one, None));
        }
        finally
        {
            await Account.Classify.CreateAsync();
        }

        Assert.Equal("one", Assert.Single((await Account.Poison.PeekMessagesAsync(32)).Value).Body.ToString());
        Assert.Equal([one], (await Queue.ListAsync(None)).Select(entry => entry.Digest));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_that_is_given_up_again_meanwhile_keeps_its_new_reason()
    {
        var one = await AddAsync("one");
        var before = await _documents.FindVersionAsync(PoisonWriter.ReasonName(one), None);
        await AddAsync("one");

        await _documents.RemoveAsync(PoisonWriter.ReasonName(one), before, None);

        Assert.Equal([one], (await Queue.ListAsync(None)).Select(entry => entry.Digest));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_drop_leaves_the_reason_of_a_message_that_another_process_holds()
    {
        var one = await AddAsync("one");
        var held = Assert.Single((await Account.Poison.ReceiveMessagesAsync(1, TimeSpan.FromMinutes(1))).Value);

        var dropped = await Queue.DropAsync(one, None);

        Assert.Empty(dropped);
        await Account.Poison.UpdateMessageAsync(held.MessageId, held.PopReceipt, visibilityTimeout: TimeSpan.Zero);
        Assert.NotNull(Assert.Single(await Queue.ListAsync(None)).GivenUpAt);
        Assert.Equal([one], await Queue.DropAsync(one, None));
    }

    [Fact(Timeout = 60_000)]
    public async Task Two_passes_of_one_process_lose_nothing_to_each_other()
    {
        var digests = new List<string>();
        for (var i = 0; i < 40; i++)
        {
            digests.Add(await AddAsync($"message {i}"));
        }

        var queue = Queue;
        var results = await Task.WhenAll(
            queue.DropAsync(digests.Take(20).ToHashSet(), None), queue.RetryAsync(digests.Skip(20).ToHashSet(), None));

        Assert.Equal(digests.Take(20).Order(), results[0].Order());
        Assert.Equal(digests.Skip(20).Order(), results[1].Order());
        Assert.Empty(await Queue.ListAsync(None));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_dropped_message_is_gone_with_its_reason_and_a_reason_alone_too()
    {
        var one = await AddAsync("one");
        var two = await AddAsync("two");
        var orphan = new IncomingMessage("orphan"u8.ToArray(), 5);
        await _messages.WriteReasonAsync(orphan, [new PoisonReason("X", "y")], None);

        Assert.Equal([one], await Queue.DropAsync(one, None));
        Assert.Equal(2, (await Queue.ListAsync(None)).Count);
        Assert.Equal(2, (await Queue.DropAsync((string?)null, None)).Count);

        Assert.Empty(await Queue.ListAsync(None));
        Assert.Empty((await Account.Classify.PeekMessagesAsync(32)).Value);
        Assert.NotEqual(one, two);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_without_a_reason_is_listed_too()
    {
        await Account.Poison.SendMessageAsync("no reason");

        var entry = Assert.Single(await Queue.ListAsync(None));

        Assert.Equal(MessageDigest.Of("no reason"u8.ToArray()), entry.Digest);
        Assert.Null(entry.GivenUpAt);
    }

    private async Task<string> AddAsync(string text)
    {
        var message = new IncomingMessage(Encoding.UTF8.GetBytes(text), 5);
        await _messages.AddAsync(message, [new PoisonReason("IOException", "The disk is full.")], None);
        return MessageDigest.Of(message.Body);
    }
}
