using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Reconcile;

namespace ServerlessMme.Core.Review;

/// <summary>
/// Lists a model's answers from the label container's listing, whose metadata has what matters. Labels are read only
/// for their best classes; the lines of archives always, because they have no metadata each. Thread-safe.
/// </summary>
public sealed class AnswerListing(IDropListing listing, ILabelReader reader)
{
    private const int ReadAhead = 16;

    /// <summary>The answers in ordinal order of the labels' names.</summary>
    /// <param name="readsLabels">Reads the best classes, or the refusal's message, of every answer that is selected.</param>
    /// <param name="seen">Called for each answer, selected or not.</param>
    public async IAsyncEnumerable<StoredAnswer> ListAsync(
        ModelName model,
        AnswerFilter filter,
        bool readsLabels,
        Action<StoredAnswer> seen,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var selected = SelectAsync(model, filter, seen, cancellationToken);
        if (!readsLabels)
        {
            await foreach (var answer in selected)
            {
                yield return answer;
            }

            yield break;
        }

        await foreach (var chunk in selected.Chunk(ReadAhead).WithCancellation(cancellationToken))
        {
            foreach (var answer in await Task.WhenAll(chunk.Select(each => ReadAsync(model, each, cancellationToken))))
            {
                yield return answer;
            }
        }
    }

    private async IAsyncEnumerable<StoredAnswer> SelectAsync(
        ModelName model,
        AnswerFilter filter,
        Action<StoredAnswer> seen,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var (name, stamp) in listing.ListLabelsAsync(model, cancellationToken))
        {
            var answers = ArchiveOf(name) is { } archive
                ? LinesAsync(model, archive, cancellationToken)
                : OwnAsync(name, stamp);
            await foreach (var answer in answers.WithCancellation(cancellationToken))
            {
                seen(answer);
                if (filter.Accepts(answer))
                {
                    yield return answer;
                }
            }
        }
    }

    // Others may write blobs of their own into the container; without an answer in its metadata it is no label.
    private static IAsyncEnumerable<StoredAnswer> OwnAsync(string name, LabelStamp stamp) =>
        stamp.Answer is not null && name.EndsWith(LabelName.Suffix, StringComparison.Ordinal)
            ? new[] { StoredAnswer.Of(name[..^LabelName.Suffix.Length], stamp) }.ToAsyncEnumerable()
            : AsyncEnumerable.Empty<StoredAnswer>();

    /// <summary>The archive of a summary; null for any other name. Lines count once their summary is there.</summary>
    private static string? ArchiveOf(string name) =>
        name.EndsWith(ArchiveName.SummarySuffix, StringComparison.Ordinal)
        && name[..^ArchiveName.SummarySuffix.Length] is var archive && ArchiveName.IsArchive(archive)
            ? archive
            : null;

    private async IAsyncEnumerable<StoredAnswer> LinesAsync(
        ModelName model, string archive, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var stream = await reader.OpenAsync(model, archive + ArchiveName.LinesSuffix, cancellationToken);
        if (stream is null)
        {
            yield break;
        }

        using var lines = new StreamReader(stream);
        while (await lines.ReadLineAsync(cancellationToken) is { } line)
        {
            if (TryRead(archive, line) is { } answer)
            {
                yield return answer;
            }
        }
    }

    // Others may write a blob of that name, too.
    private static StoredAnswer? TryRead(string archive, string line)
    {
        try
        {
            return StoredAnswer.Read(archive, Encoding.UTF8.GetBytes(line));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task<StoredAnswer> ReadAsync(
        ModelName model, StoredAnswer answer, CancellationToken cancellationToken)
    {
        // A line of an archive has been read already. A label may have been removed since it was listed.
        if (answer.Archive is not null
            || await reader.OpenAsync(model, LabelName.Of(answer.Image), cancellationToken) is not { } stream)
        {
            return answer;
        }

        await using (stream)
        {
            using var memory = new MemoryStream();
            await stream.CopyToAsync(memory, cancellationToken);
            try
            {
                return StoredAnswer.Read(null, memory.ToArray()) with { Previous = answer.Previous };
            }
            catch (JsonException)
            {
                return answer;
            }
        }
    }
}
