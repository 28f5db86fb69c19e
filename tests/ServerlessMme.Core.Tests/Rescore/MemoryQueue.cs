using System.Collections.Concurrent;
using System.Text;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Core.Tests.Rescore;

/// <summary>A queue in memory that only takes messages.</summary>
internal sealed class MemoryQueue(Faults faults) : IMessageQueue
{
    private readonly ConcurrentQueue<string> _sent = new();

    /// <summary>The plain text of each message, repetitions included.</summary>
    public IReadOnlyCollection<string> Sent => _sent;

    /// <summary>The queue as both of the application's.</summary>
    public MessageQueues Both => new(this, this);

    public Task SendAsync(ReadOnlyMemory<byte> body, TimeSpan delay, CancellationToken cancellationToken)
    {
        faults.Before();
        _sent.Enqueue(Encoding.UTF8.GetString(MessageParser.Decode(body).Span));
        faults.After();
        return Task.CompletedTask;
    }

    public Task<ReceivedMessages> ReceiveAsync(
        int maxMessages, TimeSpan visibilityTimeout, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<IReadOnlyList<PeekedMessage>> PeekAsync(int maxMessages, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<int> CountAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> ExistsAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
}
