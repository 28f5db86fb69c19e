using ServerlessMme.Core.Documents;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Core.Queues;

/// <summary>
/// Lists, retries and drops messages that were given up. A message leaves the poison queue only after it is back on
/// <c>classify</c>, and its reason is removed last, so nothing is lost if the process stops in between. At worst, a
/// message is retried twice. A process runs one pass at a time. Thread-safe.
/// </summary>
public sealed class PoisonAdmin(MessageQueues queues, IDocumentStore documents)
{
    // Long enough for a pass over a long queue. After that, the messages become visible again by themselves.
    private static readonly TimeSpan Visibility = TimeSpan.FromMinutes(5);
    private const int MaxMessages = 32;
    private const int ShownAtOnce = 16;

    // Never disposed, because nothing uses its wait handle.
    private readonly SemaphoreSlim _turn = CreateTurn();

    /// <summary>
    /// Returns the messages with a reason, newest first. Messages without a reason follow if they are among the first
    /// 32 in the queue; the host could not write their reasons.
    /// </summary>
    public async Task<IReadOnlyList<PoisonEntry>> ListAsync(CancellationToken cancellationToken)
    {
        var page = await new PoisonPages(queues, documents).ReadAsync(null, null, int.MaxValue, cancellationToken);
        return [.. page.Items.OrderByDescending(entry => entry.GivenUpAt.GetValueOrDefault())];
    }

    /// <summary>Returns the approximate number of messages in the queue; 0 if there is no queue.</summary>
    public Task<int> CountAsync(CancellationToken cancellationToken) =>
        new PoisonPages(queues, documents).CountAsync(cancellationToken);

    /// <summary>Puts messages back on <c>classify</c>. Returns their digests.</summary>
    /// <param name="digest">The message; null for all.</param>
    public Task<IReadOnlySet<string>> RetryAsync(string? digest, CancellationToken cancellationToken) =>
        RetryAsync(Only(digest), cancellationToken);

    /// <summary>
    /// Puts several messages back on <c>classify</c> in one pass. Returns the digests of those found.
    /// </summary>
    public Task<IReadOnlySet<string>> RetryAsync(
        IReadOnlySet<string> digests, CancellationToken cancellationToken) =>
        RetryAsync(digests.Contains, cancellationToken);

    private async Task<IReadOnlySet<string>> RetryAsync(
        Predicate<string> isChosen, CancellationToken cancellationToken)
    {
        var pass = await PassAsync(
            isChosen,
            message => queues.Classify.SendAsync(message.Body, TimeSpan.Zero, cancellationToken),
            cancellationToken);
        return pass.Handled;
    }

    /// <summary>Deletes messages, and reasons whose message no longer exists. Returns the digests of both.</summary>
    /// <param name="digest">The message; null for all.</param>
    public Task<IReadOnlySet<string>> DropAsync(string? digest, CancellationToken cancellationToken) =>
        DropAsync(Only(digest), cancellationToken);

    /// <summary>
    /// Deletes several messages in one pass, and reasons whose message no longer exists. Returns the digests of both.
    /// </summary>
    public Task<IReadOnlySet<string>> DropAsync(
        IReadOnlySet<string> digests, CancellationToken cancellationToken) =>
        DropAsync(digests.Contains, cancellationToken);

    private static Predicate<string> Only(string? digest) => own => digest is null || own == digest;

    private async Task<IReadOnlySet<string>> DropAsync(
        Predicate<string> isChosen, CancellationToken cancellationToken)
    {
        var pass = await PassAsync(isChosen, _ => Task.CompletedTask, cancellationToken);
        // Messages that another process currently holds seem to be gone, but still need their reasons.
        if (await CountAsync(cancellationToken) > pass.Left.Count)
        {
            return pass.Handled;
        }

        var dropped = new HashSet<string>(pass.Handled);
        foreach (var (_, digest) in await new PoisonReasons(documents).ListAsync(cancellationToken))
        {
            if (isChosen(digest) && !pass.Left.Contains(digest) && dropped.Add(digest))
            {
                await documents.RemoveAsync(PoisonWriter.ReasonName(digest), null, cancellationToken);
            }
        }

        return dropped;
    }

    private async Task<Pass> PassAsync(
        Predicate<string> isChosen, Func<ILeasedMessage, Task> handle, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        var skipped = new Dictionary<string, ILeasedMessage>();
        try
        {
            var handled = await TakeAsync(isChosen, handle, skipped, cancellationToken);
            return new Pass(handled, [.. skipped.Values.Select(message => MessageDigest.Of(message.Body))]);
        }
        finally
        {
            try
            {
                // Made visible only after the whole pass. Otherwise the pass would find them again and never end.
                await Parallel.ForEachAsync(
                    skipped.Values,
                    new ParallelOptions { MaxDegreeOfParallelism = ShownAtOnce },
                    async (message, _) => await ShowAsync(message));
            }
            finally
            {
                _turn.Release();
            }
        }
    }

    /// <summary>
    /// Handles and deletes the chosen messages, and keeps the others. Returns the digests of the chosen ones.
    /// </summary>
    private async Task<HashSet<string>> TakeAsync(
        Predicate<string> isChosen,
        Func<ILeasedMessage, Task> handle,
        Dictionary<string, ILeasedMessage> skipped,
        CancellationToken cancellationToken)
    {
        var handled = new HashSet<string>();
        if (!await queues.Poison.ExistsAsync(cancellationToken))
        {
            return handled;
        }

        DateTimeOffset? started = null;
        while (true)
        {
            var received = await queues.Poison.ReceiveAsync(MaxMessages, Visibility, cancellationToken);
            // By the service's clock. A message newer than this pass may be one that the pass retried.
            started ??= received.At;
            // After the visibility timeout, the first messages come back, so the pass has seen all of them.
            var isOver = received.Messages.Count == 0
                || received.Messages.Any(message => skipped.ContainsKey(message.Id));
            foreach (var message in received.Messages)
            {
                skipped[message.Id] = message;
            }

            if (isOver)
            {
                return handled;
            }

            foreach (var message in received.Messages)
            {
                var own = MessageDigest.Of(message.Body);
                if (!isChosen(own) || message.InsertedOn > started)
                {
                    continue;
                }

                var reason = PoisonWriter.ReasonName(own);
                var version = await documents.FindVersionAsync(reason, cancellationToken);
                await handle(message);
                if (!await TryDeleteAsync(message, cancellationToken))
                {
                    continue;
                }

                skipped.Remove(message.Id);
                if (version is not null)
                {
                    // A newer reason belongs to a copy that was given up again in the meantime.
                    await documents.RemoveAsync(reason, version, cancellationToken);
                }

                handled.Add(own);
            }
        }
    }

    private static SemaphoreSlim CreateTurn() => new(1);

    /// <summary>Deletes a message. Returns false if another process received or deleted it.</summary>
    private static async Task<bool> TryDeleteAsync(ILeasedMessage message, CancellationToken cancellationToken)
    {
        try
        {
            await message.DeleteAsync(cancellationToken);
            return true;
        }
        catch (MessageTakenException)
        {
            return false;
        }
    }

    private static async Task ShowAsync(ILeasedMessage message)
    {
        try
        {
            await message.ExtendAsync(TimeSpan.Zero, CancellationToken.None);
        }
        catch (Exception)
        {
            // Whatever failed, the message becomes visible when its timeout ends.
        }
    }

    /// <param name="Left">Digests of the messages that the pass saw and kept in the queue, one per message.</param>
    private sealed record Pass(IReadOnlySet<string> Handled, IReadOnlyList<string> Left);
}

/// <summary>A message that was given up.</summary>
/// <param name="Digest">Its name in commands and in <c>jobs/poison/</c>.</param>
/// <param name="GivenUpAt">Null if no reason was written.</param>
/// <param name="Message">As received, plain or base64.</param>
public sealed record PoisonEntry(
    string Digest, IReadOnlyList<PoisonReason> Reasons, long Tries, DateTimeOffset? GivenUpAt, string Message)
{
    /// <summary>All reasons in one line.</summary>
    public string Text => Reasons.Count == 0
        ? "no reason recorded, because the process ended during each try"
        : string.Join("; ", Reasons.Select(reason => $"{reason.Code}: {Printable.Text(reason.Message, 300)}"));

    /// <summary>Returns true if the digest, a reason or the message contains this text, ignoring case.</summary>
    public bool Contains(string text) =>
        Has(Digest, text) || Has(Message, text)
        || Reasons.Any(reason => Has(reason.Code, text) || Has(reason.Message, text));

    private static bool Has(string whole, string part) => whole.Contains(part, StringComparison.OrdinalIgnoreCase);
}
