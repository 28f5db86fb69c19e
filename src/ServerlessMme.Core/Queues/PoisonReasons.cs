using System.Runtime.CompilerServices;
using System.Text.Json;
using ServerlessMme.Core.Documents;

namespace ServerlessMme.Core.Queues;

/// <summary>Lists and reads the reasons beside poison messages, several at once. Thread-safe.</summary>
internal sealed class PoisonReasons(IDocumentStore documents)
{
    private const string Suffix = ".json";
    private const int ReadAhead = 16;

    /// <summary>The place of each reason, newest first. Reads none of them.</summary>
    public async Task<List<PoisonPlace>> ListAsync(CancellationToken cancellationToken)
    {
        var places = new List<PoisonPlace>();
        await foreach (var document in documents.ListAsync(PoisonWriter.Folder, cancellationToken))
        {
            var digest = document.Name[PoisonWriter.Folder.Length..].Replace(Suffix, "", StringComparison.Ordinal);
            if (PoisonPlace.IsDigest(digest))
            {
                places.Add(new PoisonPlace(document.WrittenAt, digest));
            }
        }

        places.Sort(PoisonPlace.Order);
        return places;
    }

    /// <summary>The messages at these places, in their order, without those whose reason was removed since.</summary>
    public async IAsyncEnumerable<(PoisonPlace Place, PoisonEntry Entry)> ReadAsync(
        IEnumerable<PoisonPlace> places, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var chunk in places.Chunk(ReadAhead))
        {
            var entries = await Task.WhenAll(chunk.Select(place => ReadAsync(place.Digest, cancellationToken)));
            foreach (var (place, entry) in chunk.Zip(entries))
            {
                if (entry is not null)
                {
                    yield return (place, entry);
                }
            }
        }
    }

    /// <summary>A message with its reason, or null without one.</summary>
    private async Task<PoisonEntry?> ReadAsync(string digest, CancellationToken cancellationToken)
    {
        if (await documents.ReadAsync(PoisonWriter.ReasonName(digest), cancellationToken) is not { } document)
        {
            return null;
        }

        try
        {
            var record = JsonSerializer.Deserialize(document.Json.Span, PoisonJson.Default.PoisonRecord);
            if (record is { Reasons: not null, OriginalMessage: not null })
            {
                return new PoisonEntry(
                    digest, record.Reasons, record.Tries, record.GivenUpAt, record.OriginalMessage);
            }
        }
        catch (JsonException)
        {
            // Somebody else wrote it. The message can be retried or dropped all the same.
        }

        return new PoisonEntry(digest, [], 0, null, "");
    }
}
