using System.Globalization;
using System.Runtime.CompilerServices;
using ServerlessMme.Core.Documents;

namespace ServerlessMme.Core.Jobs;

/// <summary>
/// The shards <c>jobs/{id}/{digest of a message}.json</c>. Many workers count without a shared counter, and answering a
/// message twice writes the same shard twice. The counts are metadata too, so a listing sums them at 5,000 shards per
/// call. Thread-safe.
/// </summary>
public sealed class JobShards(IDocumentStore documents)
{
    private const int ReadAhead = 16;

    /// <summary>Writes the results of a message's images, replacing those of an earlier try.</summary>
    /// <param name="name">The message's digest.</param>
    public Task WriteAsync(JobId job, string name, JobShard shard, CancellationToken cancellationToken) =>
        documents.TryWriteAsync(
            $"{job}/{name}.json",
            new NewDocument(JobJson.Write(shard), MetadataOf(shard.Counts)),
            WriteCondition.None,
            cancellationToken);

    /// <summary>Sums a job's shards. The sum has no total.</summary>
    public async Task<JobCounts> SumAsync(JobId job, CancellationToken cancellationToken)
    {
        var sum = JobCounts.Nothing;
        await foreach (var shard in documents.ListAsync($"{job}/", cancellationToken))
        {
            sum = sum.Plus(CountsOf(shard.Metadata));
        }

        return sum;
    }

    /// <summary>Reads all shards of a job, in no particular order.</summary>
    /// <exception cref="JobUnreadableException">A document is not a shard.</exception>
    public async IAsyncEnumerable<JobShard> ReadAsync(
        JobId job, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var names = documents.ListAsync($"{job}/", cancellationToken).Select(document => document.Name);
        await foreach (var chunk in names.Chunk(ReadAhead).WithCancellation(cancellationToken))
        {
            foreach (var shard in await Task.WhenAll(chunk.Select(name => ReadAsync(name, cancellationToken))))
            {
                yield return shard;
            }
        }
    }

    private async Task<JobShard> ReadAsync(string name, CancellationToken cancellationToken) =>
        await documents.ReadAsync(name, cancellationToken) is { } document
            ? JobJson.ReadShard(document.Json, name)
            : throw new IOException($"'jobs/{name}' was removed while the job was being read.");

    private static Dictionary<string, string> MetadataOf(JobCounts counts) => new()
    {
        ["done"] = Text(counts.Done),
        ["unsure"] = Text(counts.Unsure),
        ["refused"] = Text(counts.Refused),
        ["skipped"] = Text(counts.Skipped),
        ["givenup"] = Text(counts.GivenUp),
        ["cancelled"] = Text(counts.Cancelled),
    };

    private static JobCounts CountsOf(IReadOnlyDictionary<string, string> metadata) => new(
        null,
        Number(metadata, "done"),
        Number(metadata, "refused"),
        Number(metadata, "skipped"),
        Number(metadata, "givenup"),
        Number(metadata, "cancelled"))
    {
        Unsure = Number(metadata, "unsure"),
    };

    private static string Text(long count) => count.ToString(CultureInfo.InvariantCulture);

    private static long Number(IReadOnlyDictionary<string, string> metadata, string name) =>
        metadata.TryGetValue(name, out var text) && long.TryParse(text, CultureInfo.InvariantCulture, out var count)
            ? count
            : 0;
}
