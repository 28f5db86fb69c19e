using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Queues.Models;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Storage.Queues;

/// <summary>
/// What people do with messages that were given up: list them, try them again, drop them. A message leaves the poison
/// queue only after it is back on <c>classify</c>, and its reason only after that, so that nothing is lost wherever
/// this stops; at worst a message is tried again that was tried again already. Thread-safe.
/// </summary>
public sealed class PoisonAdmin(StorageAccount account, PoisonWriter messages)
{
    // Long enough for a pass over a long queue; after that the messages are visible again by themselves.
    private static readonly TimeSpan Hidden = TimeSpan.FromMinutes(5);
    private const int Taken = 32;

    /// <summary>
    /// Messages with a reason, the newest first, then those of the first 32 in the queue that have none: the host had
    /// no chance to write one.
    /// </summary>
    public async Task<IReadOnlyList<PoisonEntry>> ListAsync(CancellationToken cancellationToken)
    {
        var entries = new List<PoisonEntry>();
        var blobs = account.Jobs.GetBlobsAsync(
            BlobTraits.None, BlobStates.None, PoisonWriter.Folder, cancellationToken);
        try
        {
            await foreach (var blob in blobs)
            {
                var digest = blob.Name[PoisonWriter.Folder.Length..].Replace(".json", "", StringComparison.Ordinal);
                if (await messages.ReadReasonAsync(digest, cancellationToken) is { } entry)
                {
                    entries.Add(entry);
                }
            }
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            return [];
        }

        entries.Sort((a, b) => b.GivenUpAt.GetValueOrDefault().CompareTo(a.GivenUpAt.GetValueOrDefault()));
        var known = entries.Select(entry => entry.Digest).ToHashSet();
        var peeked = (await account.Poison.PeekMessagesAsync(Taken, cancellationToken)).Value;
        entries.AddRange(peeked.Where(message => known.Add(MessageDigest.Of(message.Body)))
            .Select(message => new PoisonEntry(
                MessageDigest.Of(message.Body), [], message.DequeueCount, null, message.Body.ToString())));
        return entries;
    }

    /// <summary>About how many messages are in the queue.</summary>
    public async Task<int> CountAsync(CancellationToken cancellationToken) =>
        (await account.Poison.GetPropertiesAsync(cancellationToken)).Value.ApproximateMessagesCount;

    /// <summary>Puts messages back on <c>classify</c>. Returns the digests of those that were.</summary>
    /// <param name="digest">The message; null for all.</param>
    public Task<IReadOnlySet<string>> RetryAsync(string? digest, CancellationToken cancellationToken) =>
        TakeAsync(
            digest,
            async message => await account.Classify.SendMessageAsync(
                message.Body, cancellationToken: cancellationToken),
            cancellationToken);

    /// <summary>
    /// Takes messages away for good, and reasons that have lost their message. Returns the digests of both.
    /// </summary>
    /// <param name="digest">The message; null for all.</param>
    public async Task<IReadOnlySet<string>> DropAsync(string? digest, CancellationToken cancellationToken)
    {
        var dropped = new HashSet<string>(
            await TakeAsync(digest, _ => Task.CompletedTask, cancellationToken));
        foreach (var entry in await ListAsync(cancellationToken))
        {
            var isLeft = entry.GivenUpAt is not null && (digest is null || entry.Digest == digest);
            if (isLeft && dropped.Add(entry.Digest))
            {
                await messages.RemoveReasonAsync(entry.Digest, null, cancellationToken);
            }
        }

        return dropped;
    }

    private async Task<IReadOnlySet<string>> TakeAsync(
        string? digest, Func<QueueMessage, Task> handle, CancellationToken cancellationToken)
    {
        var handled = new HashSet<string>();
        var held = new List<QueueMessage>();
        DateTimeOffset? started = null;
        try
        {
            while (true)
            {
                var answer = await account.Poison.ReceiveMessagesAsync(Taken, Hidden, cancellationToken);
                var taken = answer.Value;
                // By storage's clock, which dates messages. What is newer may have been handled here already.
                started ??= answer.GetRawResponse().Headers.Date;
                held.AddRange(taken);
                foreach (var message in taken)
                {
                    var own = MessageDigest.Of(message.Body);
                    if ((digest is not null && own != digest) || message.InsertedOn > started)
                    {
                        continue;
                    }

                    var reason = await messages.FindReasonAsync(own, cancellationToken);
                    await handle(message);
                    await account.Poison.DeleteMessageAsync(message.MessageId, message.PopReceipt, cancellationToken);
                    held.Remove(message);
                    if (reason is not null)
                    {
                        await messages.RemoveReasonAsync(own, reason, cancellationToken);
                    }

                    handled.Add(own);
                }

                if (taken.Length == 0)
                {
                    return handled;
                }
            }
        }
        finally
        {
            // Seen only when all were looked at, or this would come across them for ever.
            foreach (var message in held)
            {
                await ShowAsync(message);
            }
        }
    }

    private async Task ShowAsync(QueueMessage message)
    {
        try
        {
            await account.Poison.UpdateMessageAsync(
                message.MessageId, message.PopReceipt, message.Body, TimeSpan.Zero, CancellationToken.None);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == QueueErrorCode.MessageNotFound
            || exception.ErrorCode == QueueErrorCode.PopReceiptMismatch)
        {
            // It is visible by itself by now.
        }
    }
}

/// <summary>A message that was given up.</summary>
/// <param name="Digest">What it is called, in commands and in <c>jobs/poison/</c>.</param>
/// <param name="GivenUpAt">Null when no reason was written.</param>
/// <param name="Message">As it came, plain or base64.</param>
public sealed record PoisonEntry(
    string Digest, IReadOnlyList<PoisonReason> Reasons, long Tries, DateTimeOffset? GivenUpAt, string Message)
{
    /// <summary>All reasons in one line.</summary>
    public string Text => Reasons.Count == 0
        ? "no reason was written: the process ended each time"
        : string.Join("; ", Reasons.Select(reason => $"{reason.Code}: {Printable.Text(reason.Message, 300)}"));
}
