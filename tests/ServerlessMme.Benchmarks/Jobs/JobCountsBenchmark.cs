using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Models;
using ServerlessMme.Emulator;
using ServerlessMme.Storage;
using ServerlessMme.Storage.Documents;

namespace ServerlessMme.Benchmarks.Jobs;

/// <summary>
/// Adding up the counts of a job, 100 images a message: from a listing with metadata, as the product does, and from
/// the shards themselves, sixteen read at a time. Rounds alternate; Azurite shares the machine.
/// </summary>
internal static class JobCountsBenchmark
{
    private const int Rounds = 5;
    private const int ImagesPerShard = 100;

    public static async Task<int> RunAsync(int shardCount)
    {
        await using var azurite = await Azurite.StartAsync(_ => { }, CancellationToken.None);
        var account = new StorageAccount(
            Options.Create(new StorageOptions { ConnectionString = azurite.ConnectionString }));
        await account.CreateAsync(CancellationToken.None);
        var shards = new JobShards(new BlobDocumentStore(account));
        var id = JobId.Create(ModelName.Parse("benchmark").Value, TimeProvider.System.GetUtcNow());
        var shard = JobShard.Of(JobCounts.Nothing with { Done = ImagesPerShard });
        await Parallel.ForEachAsync(Enumerable.Range(0, shardCount), async (i, stopping) =>
            await shards.WriteAsync(id, i.ToString("x32", CultureInfo.InvariantCulture), shard, stopping));

        var listed = new List<double>();
        var read = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            listed.Add(await TimeAsync(async () => (await shards.SumAsync(id, CancellationToken.None)).Done));
            read.Add(await TimeAsync(async () =>
                await shards.ReadAsync(id, CancellationToken.None).Select(each => each.Counts.Done).SumAsync()));
        }

        var (byListing, byReading) = (Figures.Median(listed), Figures.Median(read));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{shardCount} shards: {byListing:0.00} s listed, {byReading:0.00} s read; {byReading / byListing:0.0} times"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"shards":{{shardCount}},"listed_seconds":{{byListing:0.000}},"read_seconds":{{byReading:0.000}}}"""));
        return 0;

        async Task<double> TimeAsync(Func<Task<long>> sum)
        {
            var started = Stopwatch.GetTimestamp();
            var done = await sum();
            if (done != (long)shardCount * ImagesPerShard)
            {
                throw new InvalidOperationException($"{done} images were added up.");
            }

            return Stopwatch.GetElapsedTime(started).TotalSeconds;
        }
    }
}
