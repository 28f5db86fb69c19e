using System.Globalization;
using System.Runtime.CompilerServices;
using Azure.Storage.Blobs.Models;

namespace ServerlessMme.Storage.Jobs;

/// <summary>
/// The shards <c>jobs/{id}/{digest of a message}.json</c>: many workers count without a shared counter, and a message
/// that is answered twice writes its one shard twice. The counts are metadata too, so that a listing sums them, 5,000
/// shards a call. Thread-safe.
/// </summary>
public sealed class JobShards(StorageAccount account)
{
    private const int ReadAhead = 16;

    /// <summary>Writes what became of a message's images, in place of what an earlier try wrote.</summary>
    /// <param name="name">The message's digest.</param>
    public Task WriteAsync(JobId job, string name, JobShard shard, CancellationToken cancellationToken) =>
        account.Jobs.GetBlobClient($"{job}/{name}.json").UploadAsync(
            BinaryData.FromBytes(JobJson.Write(shard)),
            new BlobUploadOptions
            {
                HttpHeaders = new BlobHttpHeaders { ContentType = "application/json" },
                Metadata = MetadataOf(shard.Counts),
            },
            cancellationToken);

    /// <summary>All shards of a job together, without a total.</summary>
    public async Task<JobCounts> SumAsync(JobId job, CancellationToken cancellationToken)
    {
        var sum = JobCounts.Nothing;
        await foreach (var blob in account.Jobs.GetBlobsAsync(
            BlobTraits.Metadata, BlobStates.None, $"{job}/", cancellationToken))
        {
            sum = sum.Plus(CountsOf(blob.Metadata));
        }

        return sum;
    }

    /// <summary>All shards of a job, in no order.</summary>
    public async IAsyncEnumerable<JobShard> ReadAsync(
        JobId job, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var names = account.Jobs.GetBlobsAsync(BlobTraits.None, BlobStates.None, $"{job}/", cancellationToken)
            .Select(blob => blob.Name);
        await foreach (var chunk in names.Chunk(ReadAhead).WithCancellation(cancellationToken))
        {
            foreach (var shard in await Task.WhenAll(chunk.Select(name => ReadAsync(name, cancellationToken))))
            {
                yield return shard;
            }
        }
    }

    private async Task<JobShard> ReadAsync(string name, CancellationToken cancellationToken)
    {
        var content = await account.Jobs.GetBlobClient(name).DownloadContentAsync(cancellationToken);
        return JobJson.ReadShard(content.Value.Content, name);
    }

    private static Dictionary<string, string> MetadataOf(JobCounts counts) => new()
    {
        ["done"] = Text(counts.Done),
        ["refused"] = Text(counts.Refused),
        ["skipped"] = Text(counts.Skipped),
        ["givenup"] = Text(counts.GivenUp),
        ["cancelled"] = Text(counts.Cancelled),
    };

    private static JobCounts CountsOf(IDictionary<string, string> metadata) => new(
        null,
        Number(metadata, "done"),
        Number(metadata, "refused"),
        Number(metadata, "skipped"),
        Number(metadata, "givenup"),
        Number(metadata, "cancelled"));

    private static string Text(long count) => count.ToString(CultureInfo.InvariantCulture);

    private static long Number(IDictionary<string, string> metadata, string name) =>
        metadata.TryGetValue(name, out var text) && long.TryParse(text, CultureInfo.InvariantCulture, out var count)
            ? count
            : 0;
}
