using System.Runtime.CompilerServices;
using System.Text.Json;
using ServerlessMme.Core.Documents;

namespace ServerlessMme.Core.Queues;

/// <summary>Lists and reads the reasons of poison messages, several at once. Thread-safe.</summary>
internal sealed class PoisonReasons(IDocumentStore documents)
{
    private const string Suffix = ".json";
    private const int ReadAhead = 16;

    /// <summary>Returns the position of each reason, newest first, without reading the reasons.</summary>
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

    /// <summary>
    /// Returns the messages at these positions, in their order, except those whose reason has been removed.
    /// </summary>
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

    /// <summary>Returns a message with its reason, or null if it has none.</summary>
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
            // Another program wrote it. The message can still be retried or dropped.
        }

        return new PoisonEntry(digest, [], 0, null, "");
    }
}
