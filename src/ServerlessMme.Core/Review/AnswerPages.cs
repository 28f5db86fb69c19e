using System.Text;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Reconcile;

namespace ServerlessMme.Core.Review;

/// <summary>
/// Lists a model's answers in pages. Each page takes one call to the storage service, so its cost doesn't depend on the
/// number of answers. The entries of an archive may take several pages. Thread-safe.
/// </summary>
public sealed class AnswerPages(IDropListing listing, ILabelReader reader)
{
    /// <summary>Maximum number of answers to check per page.</summary>
    public const int MaxSeen = 5000;

    /// <summary>Returns one page, in the storage service's order.</summary>
    /// <param name="start">The start, or <see cref="AnswerPage.Next"/> of an earlier page.</param>
    /// <param name="count">Maximum number of answers to check, from 1 to <see cref="MaxSeen"/>.</param>
    public async Task<AnswerPage> ReadAsync(
        ModelName model,
        AnswerCursor start,
        int count,
        Predicate<StoredAnswer> accepts,
        CancellationToken cancellationToken)
    {
        // The previous page may have ended within a longer page of the storage service, which is read again.
        var size = start.Name is null ? count : MaxSeen;
        await foreach (var page in listing.ListLabelPagesAsync(model, start.Marker, size, cancellationToken))
        {
            return await SelectAsync(model, page, start, count, accepts, cancellationToken);
        }

        return new AnswerPage([], null, 0);
    }

    private async Task<AnswerPage> SelectAsync(
        ModelName model,
        ListedPage<ListedLabel> page,
        AnswerCursor start,
        int count,
        Predicate<StoredAnswer> accepts,
        CancellationToken cancellationToken)
    {
        var items = new List<StoredAnswer>();
        var seen = 0;
        var line = start.Line;
        foreach (var (name, stamp) in page.Items.Skip(IndexOf(page.Items, start.Name)))
        {
            if (seen >= count)
            {
                return Page(start with { Name = name, Line = 0 });
            }

            if (AnswerListing.ArchiveOf(name) is { } archive)
            {
                await using var stream = await reader.OpenAsync(
                    model, archive + ArchiveName.LinesSuffix, cancellationToken);
                using var lines = new StreamReader(stream ?? Stream.Null);
                for (var number = 0; await lines.ReadLineAsync(cancellationToken) is { } text; number++)
                {
                    if (number < (name == start.Name ? line : 0))
                    {
                        continue;
                    }

                    if (seen >= count)
                    {
                        return Page(start with { Name = name, Line = number });
                    }

                    See(AnswerListing.TryRead(archive, Encoding.UTF8.GetBytes(text)));
                }
            }
            else
            {
                See(AnswerListing.TryRead(name, stamp));
            }
        }

        // The storage service may return a shorter page than last time.
        var isBefore = start.Name is { } wanted
            && (page.Items.Count == 0 || string.CompareOrdinal(page.Items[^1].Name, wanted) < 0);
        return Page(page.Next is { } next ? isBefore ? start with { Marker = next } : new AnswerCursor(next) : null);

        void See(StoredAnswer? answer)
        {
            seen++;
            if (answer is not null && accepts(answer))
            {
                items.Add(answer);
            }
        }

        AnswerPage Page(AnswerCursor? next) => new(items, next, seen);
    }

    /// <summary>Returns the label's index, or the index of the next label if this label was removed.</summary>
    private static int IndexOf(IReadOnlyList<ListedLabel> labels, string? name)
    {
        if (name is null)
        {
            return 0;
        }

        var next = 0;
        for (var i = 0; i < labels.Count; i++)
        {
            if (labels[i].Name == name)
            {
                return i;
            }

            next += string.CompareOrdinal(labels[i].Name, name) < 0 ? 1 : 0;
        }

        return next;
    }
}

/// <summary>A page of answers.</summary>
/// <param name="Items">The selected answers. May be empty even if pages follow.</param>
/// <param name="Next">The position where the next page begins; null at the end.</param>
/// <param name="Seen">Number of labels and archive lines that the filter was applied to.</param>
public sealed record AnswerPage(IReadOnlyList<StoredAnswer> Items, AnswerCursor? Next, int Seen);
