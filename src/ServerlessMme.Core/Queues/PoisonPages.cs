using System.Runtime.CompilerServices;
using System.Text;
using ServerlessMme.Core.Documents;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Core.Queues;

/// <summary>
/// Lists messages that were given up, in pages, and searches them. A page without a search reads only the reasons that
/// it shows. A search reads all reasons, several at once, and keeps those on its page. Thread-safe.
/// </summary>
public sealed class PoisonPages(MessageQueues queues, IDocumentStore documents)
{
    /// <summary>Maximum number of messages without a reason that storage shows.</summary>
    private const int MaxWithoutReason = 32;

    private readonly PoisonReasons _reasons = new(documents);

    /// <summary>
    /// Returns the messages with a reason, newest first. Messages without a reason follow if they are among the first
    /// 32 in the queue; the host could not write their reasons.
    /// </summary>
    /// <param name="search">
    /// Text in the digest, the reasons or the message, ignoring case; null for all messages.
    /// </param>
    /// <param name="after"><see cref="PoisonPage.Next"/> of an earlier page; null starts at the beginning.</param>
    /// <param name="count">Maximum number of messages in the page; at least 1.</param>
    public async Task<PoisonPage> ReadAsync(
        string? search, PoisonPlace? after, int count, CancellationToken cancellationToken)
    {
        var listed = await _reasons.ListAsync(cancellationToken);
        var others = await PeekAsync(listed, cancellationToken);
        // Without a search, the number is known before any reason is read.
        var wanted = search is null ? listed.Where(place => IsAfter(place, after)) : listed;
        var page = new List<(PoisonPlace Place, PoisonEntry Entry)>();
        // Storage only shows some of the messages, but an action on all applies to every one.
        var found = search is null
            ? Math.Max(listed.Count + others.Count, await CountAsync(cancellationToken))
            : 0;
        await foreach (var each in AllAsync(wanted, others, cancellationToken))
        {
            if (search is not null && !each.Entry.Contains(search))
            {
                continue;
            }

            found += search is null ? 0 : 1;
            if (page.Count <= count && IsAfter(each.Place, after))
            {
                page.Add(each);
            }

            if (search is null && page.Count > count)
            {
                break;
            }
        }

        return new PoisonPage(
            [.. page.Take(count).Select(each => each.Entry)],
            found,
            page.Count > count ? page[count - 1].Place : null);
    }

    /// <summary>Returns the digests of all messages that a search finds.</summary>
    public async Task<IReadOnlySet<string>> FindAsync(string search, CancellationToken cancellationToken)
    {
        var listed = await _reasons.ListAsync(cancellationToken);
        var others = await PeekAsync(listed, cancellationToken);
        return await AllAsync(listed, others, cancellationToken)
            .Where(each => each.Entry.Contains(search))
            .Select(each => each.Entry.Digest)
            .ToHashSetAsync(StringComparer.Ordinal, cancellationToken);
    }

    /// <summary>Returns the approximate number of messages in the queue; 0 if there is no queue.</summary>
    public async Task<int> CountAsync(CancellationToken cancellationToken) =>
        await queues.Poison.ExistsAsync(cancellationToken) ? await queues.Poison.CountAsync(cancellationToken) : 0;

    private static bool IsAfter(PoisonPlace place, PoisonPlace? after) =>
        after is not { } last || PoisonPlace.Order.Compare(place, last) > 0;

    private async IAsyncEnumerable<(PoisonPlace Place, PoisonEntry Entry)> AllAsync(
        IEnumerable<PoisonPlace> listed,
        IReadOnlyList<PoisonEntry> others,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var each in _reasons.ReadAsync(listed, cancellationToken))
        {
            yield return each;
        }

        foreach (var entry in others)
        {
            yield return (new PoisonPlace(DateTimeOffset.MinValue, entry.Digest), entry);
        }
    }

    /// <summary>Returns the messages without a reason, in ordinal order of their digests.</summary>
    private async Task<List<PoisonEntry>> PeekAsync(
        IReadOnlyList<PoisonPlace> listed, CancellationToken cancellationToken)
    {
        var known = listed.Select(place => place.Digest).ToHashSet(StringComparer.Ordinal);
        var peeked = await queues.Poison.PeekAsync(MaxWithoutReason, cancellationToken);
        return
        [
            .. peeked.Select(message => new PoisonEntry(
                    MessageDigest.Of(message.Body),
                    [],
                    message.DequeueCount,
                    null,
                    Encoding.UTF8.GetString(message.Body.Span)))
                .Where(entry => known.Add(entry.Digest)).OrderBy(entry => entry.Digest, StringComparer.Ordinal),
        ];
    }
}

/// <summary>A page of messages that were given up.</summary>
/// <param name="Found">
/// Number of messages found on all pages. Without a search, their approximate number, including those that no page
/// can show.
/// </param>
/// <param name="Next">Where the next page begins; null at the end.</param>
public sealed record PoisonPage(IReadOnlyList<PoisonEntry> Items, int Found, PoisonPlace? Next);
