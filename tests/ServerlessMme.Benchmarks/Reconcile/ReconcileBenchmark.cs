using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Options;
using ServerlessMme.Benchmarks.Fleet;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Reconcile;
using ServerlessMme.Core.Review;
using ServerlessMme.Emulator;
using ServerlessMme.Storage;
using ServerlessMme.Storage.Labels;
using ServerlessMme.Storage.Reconcile;

namespace ServerlessMme.Benchmarks.Reconcile;

/// <summary>
/// A sweep over images that all have their label: calls, seconds and memory, beside asking for each label by itself.
/// Azurite shares the machine.
/// </summary>
internal static class ReconcileBenchmark
{
    private const string Version = "v1";
    private const int Asked = 2000;
    private static readonly ModelName Model = ModelName.Parse("swept").Value;

    public static async Task<int> RunAsync(int images, bool save)
    {
        var folder = Directory.CreateTempSubdirectory("mme-reconcile-");
        try
        {
            await FillAsync(folder.FullName, images);
            return await SweepAsync(folder.FullName, images, save);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<int> SweepAsync(string folder, int images, bool save)
    {
        await using var azurite = await Azurite.StartAsync(_ => { }, CancellationToken.None, folder);
        var calls = new Calls();
        var account = Account(azurite, calls);
        var stale = new StaleImages(new BlobDropListing(account));
        // Of a hundredth, so that what is allocated once is allocated.
        await foreach (var _ in account.ImagesOf(Model).GetBlobsAsync().Take(images / 100))
        {
            continue;
        }

        var before = ProcessMemory.PrivateMiB();
        var most = before;
        calls.Reset(() => most = Math.Max(most, ProcessMemory.PrivateMiB()));
        var started = Stopwatch.GetTimestamp();
        var found = await stale.CountAsync(Model, Version, CancellationToken.None);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var lists = calls.Count;
        var listed = await account.ImagesOf(Model).GetBlobsAsync().CountAsync();
        if (found != 0 || listed != images)
        {
            throw new InvalidOperationException($"{found} of {listed} images count as stale.");
        }

        calls.Reset(() => most = Math.Max(most, ProcessMemory.PrivateMiB()));
        started = Stopwatch.GetTimestamp();
        var answers = await new AnswerListing(new BlobDropListing(account), new BlobLabelReader(account))
            .ListAsync(Model, new AnswerFilter(Below: 2), false, _ => { }, CancellationToken.None).CountAsync();
        var answerSeconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var answerCalls = calls.Count;
        if (answers != images)
        {
            throw new InvalidOperationException($"{answers} of {images} answers are listed.");
        }

        calls.Reset(() => { });
        started = Stopwatch.GetTimestamp();
        for (var i = 0; i < Asked; i++)
        {
            await account.LabelsOf(Model).GetBlobClient(Name(i) + ".json").GetPropertiesAsync();
        }

        var each = Stopwatch.GetElapsedTime(started).TotalSeconds / Asked;
        Report.Write($"reconcile-{images}", save, new JsonObject
        {
            ["benchmark"] = "reconcile",
            ["images"] = images,
            ["list_calls"] = lists,
            ["seconds"] = Math.Round(seconds, 2),
            ["labels_calls"] = answerCalls,
            ["labels_seconds"] = Math.Round(answerSeconds, 2),
            ["private_mib_before"] = Math.Round(before, 1),
            ["private_mib_most"] = Math.Round(most, 1),
            ["one_by_one_seconds"] = Math.Round(each * images, 1),
            ["one_by_one_measured"] = Asked,
            ["time_ratio"] = Figures.Ratio(seconds, each * images),
        });
        return 0;
    }

    /// <summary>
    /// One image and its label are written. The others are written into Azurite's database: it takes longer for each
    /// further blob, and hours for so many.
    /// </summary>
    private static async Task FillAsync(string folder, int images)
    {
        var database = new AzuriteDatabase(folder);
        await using (var azurite = await Azurite.StartAsync(_ => { }, CancellationToken.None, folder))
        {
            var account = Account(azurite, null);
            await account.ImagesOf(Model).CreateIfNotExistsAsync();
            await account.LabelsOf(Model).CreateIfNotExistsAsync();
            var image = await account.ImagesOf(Model).GetBlobClient(Name(0)).UploadAsync(BinaryData.FromString("x"));
            await account.LabelsOf(Model).GetBlobClient(Name(0) + ".json").UploadAsync(
                BinaryData.FromString("{}"),
                new BlobUploadOptions
                {
                    Metadata = new Dictionary<string, string>
                    {
                        ["imageetag"] = image.Value.ETag.ToString().Trim('"'),
                        ["modeletag"] = Version,
                        ["answer"] = "airplane",
                        ["score"] = "0.9810",
                    },
                });
            await database.WaitForAsync(Name(0) + ".json");
        }

        database.Grow(new Dictionary<string, IReadOnlyList<string>>
        {
            [Name(0)] = [.. Enumerable.Range(1, images - 1).Select(Name)],
        });
    }

    private static StorageAccount Account(Azurite azurite, Calls? calls) =>
        new(Options.Create(new StorageOptions { ConnectionString = azurite.ConnectionString }), calls);

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
