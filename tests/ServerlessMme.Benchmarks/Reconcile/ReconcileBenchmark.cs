using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Options;
using ServerlessMme.Azure.Emulator;
using ServerlessMme.Azure.Reconcile;
using ServerlessMme.Azure.Storage;
using ServerlessMme.Benchmarks.Fleet;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Benchmarks.Reconcile;

/// <summary>
/// A sweep over images that all have their label: calls, seconds and memory, beside asking for each label by itself.
/// Azurite shares the machine.
/// </summary>
internal static class ReconcileBenchmark
{
    private const string Version = "v1";
    private const int Asked = 2000;
    private const int Writers = 16;
    private static readonly ModelName Model = ModelName.Parse("swept").Value;

    public static async Task<int> RunAsync(int images, bool save)
    {
        await using var azurite = await Azurite.StartAsync(keep: false, _ => { }, CancellationToken.None);
        var calls = new Calls();
        var account = new StorageAccount(
            Options.Create(new StorageOptions { ConnectionString = azurite.ConnectionString }), calls);
        await FillAsync(account, images);
        var stale = new StaleImages(account);
        // Of a hundredth, so that what is allocated once is allocated.
        await foreach (var _ in account.ImagesOf(Model).GetBlobsAsync().Take(images / 100))
            continue;
        var before = ProcessMemory.PrivateMiB();
        var most = before;
        calls.Reset(() => most = Math.Max(most, ProcessMemory.PrivateMiB()));
        var started = Stopwatch.GetTimestamp();
        var found = await stale.CountAsync(Model, Version, CancellationToken.None);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var lists = calls.Count;
        if (found != 0)
            throw new InvalidOperationException($"{found} images count as stale.");

        calls.Reset(() => { });
        started = Stopwatch.GetTimestamp();
        for (var i = 0; i < Asked; i++)
            await account.LabelsOf(Model).GetBlobClient(Name(i) + ".json").GetPropertiesAsync();
        var each = Stopwatch.GetElapsedTime(started).TotalSeconds / Asked;
        Report.Write($"reconcile-{images}", save, new JsonObject
        {
            ["benchmark"] = "reconcile",
            ["images"] = images,
            ["list_calls"] = lists,
            ["seconds"] = Math.Round(seconds, 2),
            ["private_mib_before"] = Math.Round(before, 1),
            ["private_mib_most"] = Math.Round(most, 1),
            ["one_by_one_seconds"] = Math.Round(each * images, 1),
            ["one_by_one_measured"] = Asked,
            ["time_ratio"] = Report.Ratio(seconds, each * images),
        });
        return 0;
    }

    private static async Task FillAsync(StorageAccount account, int images)
    {
        await account.ImagesOf(Model).CreateIfNotExistsAsync();
        await account.LabelsOf(Model).CreateIfNotExistsAsync();
        var done = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = Writers };
        await Parallel.ForEachAsync(Enumerable.Range(0, images), options, async (i, stopping) =>
        {
            var image = await account.ImagesOf(Model).GetBlobClient(Name(i))
                .UploadAsync(BinaryData.FromString("x"), overwrite: true, stopping);
            await account.LabelsOf(Model).GetBlobClient(Name(i) + ".json").UploadAsync(BinaryData.FromString("{}"),
                new BlobUploadOptions
                {
                    Metadata = new Dictionary<string, string>
                    {
                        ["imageetag"] = image.Value.ETag.ToString().Trim('"'),
                        ["modeletag"] = Version,
                        ["answer"] = "airplane",
                    },
                },
                stopping);
            if (Interlocked.Increment(ref done) % 10_000 == 0)
                Console.Error.WriteLine($"{done} images and labels");
        });
    }

    private static string Name(int i) => string.Create(CultureInfo.InvariantCulture, $"{i / 1000:0000}/{i:000000}.jpg");

    /// <summary>Counts requests, and looks at the memory with each.</summary>
    private sealed class Calls : HttpPipelineSynchronousPolicy
    {
        private Action _look = () => { };
        private int _count;

        public int Count => _count;

        public void Reset(Action look)
        {
            _look = look;
            _count = 0;
        }

        public override void OnSendingRequest(HttpMessage message)
        {
            Interlocked.Increment(ref _count);
            _look();
        }
    }
}
