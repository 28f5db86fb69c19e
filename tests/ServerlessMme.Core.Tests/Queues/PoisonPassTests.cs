using ServerlessMme.Core.Documents;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Core.Tests.Queues;

/// <summary>Passes over a queue whose service is in trouble.</summary>
public sealed class PoisonPassTests : IMessageQueue, IDocumentStore
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly DateTimeOffset Noon = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);
    private readonly Queue<ILeasedMessage> _visible = new();

    [Fact]
    public async Task A_message_that_cannot_be_made_visible_again_blocks_no_later_pass()
    {
        var admin = new PoisonAdmin(new MessageQueues(this, this), this);
        _visible.Enqueue(new Message("stays", fails: true));
        Assert.Empty(await admin.RetryAsync("unknown", None));
        _visible.Enqueue(new Message("goes", fails: false));

        Assert.Equal([MessageDigest.Of("goes"u8.ToArray())], await admin.DropAsync((string?)null, None));
    }

    [Fact]
    public async Task A_message_that_comes_again_ends_the_pass()
    {
        var admin = new PoisonAdmin(new MessageQueues(this, this), this);
        var message = new Message("slow", fails: false);
        for (var i = 0; i < 100; i++)
        {
            _visible.Enqueue(message);
        }

        await admin.RetryAsync("unknown", None);

        Assert.Equal(98, _visible.Count);
    }

    Task IMessageQueue.SendAsync(ReadOnlyMemory<byte> body, TimeSpan delay, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<ReceivedMessages> ReceiveAsync(
        int maxMessages, TimeSpan visibilityTimeout, CancellationToken cancellationToken) =>
        Task.FromResult(new ReceivedMessages(_visible.TryDequeue(out var message) ? [message] : [], Noon));

    public Task<IReadOnlyList<PeekedMessage>> PeekAsync(int maxMessages, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<int> CountAsync(CancellationToken cancellationToken) => Task.FromResult(0);

    public Task<bool> ExistsAsync(CancellationToken cancellationToken) => Task.FromResult(true);

    public Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken) => Task.FromResult(Noon);

    public Task<StoredDocument?> ReadAsync(string name, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<string?> FindVersionAsync(string name, CancellationToken cancellationToken) =>
        Task.FromResult<string?>(null);

    public Task<string?> WriteAsync(
        string name, NewDocument document, WriteCondition condition, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    Task IDocumentStore.RemoveAsync(string name, string? version, CancellationToken cancellationToken) =>
        Task.CompletedTask;

    public IAsyncEnumerable<ListedDocument> ListAsync(string folder, CancellationToken cancellationToken) =>
        AsyncEnumerable.Empty<ListedDocument>();

    private sealed class Message(string text, bool fails) : ILeasedMessage
    {
        public string Id => text;

        public ReadOnlyMemory<byte> Body { get; } = System.Text.Encoding.UTF8.GetBytes(text);

        public long DequeueCount => 6;

        public DateTimeOffset? InsertedOn => Noon;

        public Task ExtendAsync(TimeSpan visibilityTimeout, CancellationToken cancellationToken) =>
            fails ? throw new IOException("The service is busy.") : Task.CompletedTask;

        public Task DeleteAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
