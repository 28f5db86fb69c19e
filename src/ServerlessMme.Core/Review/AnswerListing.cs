using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Reconcile;

namespace ServerlessMme.Core.Review;

/// <summary>
/// Lists a model's answers from the metadata in the label container's listing. Labels are read only for their best
/// classes. The lines of archives are always read, because they have no metadata of their own. Thread-safe.
/// </summary>
public sealed class AnswerListing(IDropListing listing, ILabelReader reader)
{
    private const int ReadAhead = 16;

    // The label of a group with 10,000 members takes megabytes.
    private const int GroupsAhead = 4;

    /// <summary>Returns the answers in ordinal order of the labels' names.</summary>
    /// <param name="readsLabels">
    /// True to read the best classes, or the refusal's message, of each selected answer.
    /// </param>
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

    /// <summary>
    /// Returns each member's answers in a group, in ordinal order of the labels' names and then in the group's order.
    /// Reads every label whose time and name <paramref name="filter"/> accepts; its other conditions apply to the
    /// members' answers.
    /// </summary>
    /// <param name="member">Only this member's answers; null for all members.</param>
    /// <param name="seen">
    /// Called for each answer, selected or not, and for each label that was not written by a group.
    /// </param>
    public async IAsyncEnumerable<StoredAnswer> ListMembersAsync(
        ModelName group,
        ModelName? member,
        AnswerFilter filter,
        Action<StoredAnswer> seen,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var labels = LabelsAsync(
            group, new AnswerFilter(Since: filter.Since, Prefix: filter.Prefix), cancellationToken);
        await foreach (var chunk in labels.Chunk(GroupsAhead).WithCancellation(cancellationToken))
        {
            foreach (var (archive, json) in chunk)
            {
                foreach (var answer in await json is { } read ? TryReadMembers(archive, read) : [])
                {
                    seen(answer);
                    if (filter.Accepts(answer) && (member is null || answer.Member == member.Value))
                    {
                        yield return answer;
                    }
                }
            }
        }
    }

    /// <summary>
    /// Returns the JSON of each label, and of each line of an archive; null for a label that was just removed.
    /// </summary>
    private async IAsyncEnumerable<(string? Archive, Task<byte[]?> Json)> LabelsAsync(
        ModelName model, AnswerFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var (name, stamp) in listing.ListLabelsAsync(model, cancellationToken))
        {
            if (ArchiveOf(name) is { } archive)
            {
                await foreach (var line in RawLinesAsync(model, archive, cancellationToken))
                {
                    yield return (archive, Task.FromResult<byte[]?>(Encoding.UTF8.GetBytes(line)));
                }

                continue;
            }

            await foreach (var label in OwnAsync(name, stamp).Where(filter.Accepts))
            {
                yield return (null, ReadAsync(model, label.Image, cancellationToken));
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

    // Other programs may write their own blobs into the container. Only labels have an answer in their metadata.
    internal static StoredAnswer? TryRead(string name, LabelStamp stamp) =>
        stamp.Answer is not null && name.EndsWith(LabelName.Suffix, StringComparison.Ordinal)
            ? StoredAnswer.Of(name[..^LabelName.Suffix.Length], stamp)
            : null;

    private static IAsyncEnumerable<StoredAnswer> OwnAsync(string name, LabelStamp stamp) =>
        TryRead(name, stamp) is { } own ? new[] { own }.ToAsyncEnumerable() : AsyncEnumerable.Empty<StoredAnswer>();

    /// <summary>
    /// Returns the archive that a summary belongs to, or null for any other name. Lines count once their summary
    /// exists.
    /// </summary>
    internal static string? ArchiveOf(string name) =>
        name.EndsWith(ArchiveName.SummarySuffix, StringComparison.Ordinal)
        && name[..^ArchiveName.SummarySuffix.Length] is var archive && ArchiveName.IsArchive(archive)
            ? archive
            : null;

    private async IAsyncEnumerable<StoredAnswer> LinesAsync(
        ModelName model, string archive, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var line in RawLinesAsync(model, archive, cancellationToken))
        {
            if (TryRead(archive, Encoding.UTF8.GetBytes(line)) is { } answer)
            {
                yield return answer;
            }
        }
    }

    private async IAsyncEnumerable<string> RawLinesAsync(
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
            yield return line;
        }
    }

    // Other programs may write a blob of that name, too.
    internal static StoredAnswer? TryRead(string? archive, byte[] json)
    {
        try
        {
            return StoredAnswer.Read(archive, json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Returns the members' answers, or the label itself if it was not written by a group.</summary>
    private static IReadOnlyList<StoredAnswer> TryReadMembers(string? archive, byte[] json)
    {
        try
        {
            return TryRead(archive, json) is { } label ? MemberAnswers.Read(label, json) ?? [label] : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private async Task<StoredAnswer> ReadAsync(
        ModelName model, StoredAnswer answer, CancellationToken cancellationToken) =>
        // A line of an archive has already been read.
        answer.Archive is null && await ReadAsync(model, answer.Image, cancellationToken) is { } json
        && TryRead(null, json) is { } label
            ? label with { Previous = answer.Previous }
            : answer;

    /// <summary>Returns a label's JSON, or null if it was removed since it was listed.</summary>
    private async Task<byte[]?> ReadAsync(ModelName model, string image, CancellationToken cancellationToken)
    {
        if (await reader.OpenAsync(model, LabelName.Of(image), cancellationToken) is not { } stream)
        {
            return null;
        }

        await using (stream)
        {
            using var memory = new MemoryStream();
            await stream.CopyToAsync(memory, cancellationToken);
            return memory.ToArray();
        }
    }
}
