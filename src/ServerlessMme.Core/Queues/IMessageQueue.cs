namespace ServerlessMme.Core.Queues;

/// <summary>One queue of the application. Failures of the service are thrown. Thread-safe.</summary>
public interface IMessageQueue
{
    /// <summary>Adds a message.</summary>
    /// <param name="body">UTF-8.</param>
    /// <param name="delay">How long the message stays invisible.</param>
    Task SendAsync(ReadOnlyMemory<byte> body, TimeSpan delay, CancellationToken cancellationToken);

    /// <summary>Receives messages, which stay invisible to others for the visibility timeout.</summary>
    /// <param name="maxMessages">1 to 32.</param>
    Task<ReceivedMessages> ReceiveAsync(
        int maxMessages, TimeSpan visibilityTimeout, CancellationToken cancellationToken);

    /// <summary>Peeks at the first visible messages without receiving them.</summary>
    /// <param name="maxMessages">1 to 32.</param>
    Task<IReadOnlyList<PeekedMessage>> PeekAsync(int maxMessages, CancellationToken cancellationToken);

    /// <summary>Returns the approximate number of messages, including invisible ones.</summary>
    Task<int> CountAsync(CancellationToken cancellationToken);

    /// <summary>Returns false if the queue doesn't exist, as in an account that was never used.</summary>
    Task<bool> ExistsAsync(CancellationToken cancellationToken);
}

/// <summary>The application's two queues.</summary>
/// <param name="Classify">Requests for labels.</param>
/// <param name="Poison">Messages that were given up. They never expire, because a person must handle them.</param>
public sealed record MessageQueues(IMessageQueue Classify, IMessageQueue Poison);

/// <summary>Messages that were received together.</summary>
/// <param name="At">
/// When they were received, by the queue service's clock; null if the service doesn't report it.
/// </param>
public sealed record ReceivedMessages(IReadOnlyList<ILeasedMessage> Messages, DateTimeOffset? At);

/// <summary>A message that was peeked at, not received.</summary>
/// <param name="Body">UTF-8, as stored.</param>
/// <param name="DequeueCount">How often it was received.</param>
/// <param name="InsertedOn">When it was added, by the queue service's clock.</param>
public sealed record PeekedMessage(ReadOnlyMemory<byte> Body, long DequeueCount, DateTimeOffset? InsertedOn);

/// <summary>
/// A message received by this process and invisible to others until its visibility timeout ends. Not thread-safe,
/// because each change replaces the pop receipt.
/// </summary>
public interface ILeasedMessage
{
    /// <summary>The message's id in the queue.</summary>
    string Id { get; }

    /// <summary>UTF-8, as stored.</summary>
    ReadOnlyMemory<byte> Body { get; }

    /// <summary>How often it was received, including this time.</summary>
    long DequeueCount { get; }

    /// <summary>When it was added, by the queue service's clock.</summary>
    DateTimeOffset? InsertedOn { get; }

    /// <summary>Restarts the visibility timeout. Zero makes the message visible now.</summary>
    /// <exception cref="MessageTakenException">Another process received or deleted it.</exception>
    Task ExtendAsync(TimeSpan visibilityTimeout, CancellationToken cancellationToken);

    /// <summary>Deletes the message.</summary>
    /// <exception cref="MessageTakenException">Another process received or deleted it.</exception>
    Task DeleteAsync(CancellationToken cancellationToken);
}

/// <summary>A message's visibility timeout ended, and another process received or deleted it.</summary>
public sealed class MessageTakenException(Exception inner)
    : IOException("Another process received or deleted the message.", inner);
