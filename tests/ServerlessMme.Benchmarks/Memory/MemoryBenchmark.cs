using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Options;
using ServerlessMme.Benchmarks.Archive;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Queues;
using ServerlessMme.Emulator;
using ServerlessMme.Storage;
using ServerlessMme.Storage.Models;
using ServerlessMme.Storage.Queues;

namespace ServerlessMme.Benchmarks.Memory;

/// <summary>
/// A worker under a memory limit, with large and small images at once: its peak, what small images wait because of the
/// large ones, and what the limit costs. Everything goes through Azurite, which shares the machine.
/// </summary>
internal sealed class MemoryBenchmark : IAsyncDisposable
{
    private const int Models = 20;
    private const int Small = 200;
    private const int LargeOfEach = 32;
    private const int ThroughputImages = 2000;
    private const int Parallelism = 8;

    private readonly string _mme;
    private readonly int _limitMiB;
    private readonly Azurite _azurite;
    private readonly StorageAccount _account;
    private readonly BatchSender _sender;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mme-memory-");
    private readonly ModelName[] _models =
        [.. Enumerable.Range(0, Models).Select(i => ModelName.Parse($"cifar-{i}").Value)];
    private readonly byte[] _small = DrawnImages.Create(1)[0].Jpeg;
    private int _images;
    private int _refused;

    private MemoryBenchmark(string mme, int limitMiB, Azurite azurite)
    {
        _mme = mme;
        _limitMiB = limitMiB;
        _azurite = azurite;
        _account = new StorageAccount(
            Options.Create(new StorageOptions { ConnectionString = azurite.ConnectionString }));
        _sender = new BatchSender(StorageMessageQueue.Of(_account), Options.Create(new BatchOptions()));
    }

    /// <param name="root">The working tree.</param>
    /// <param name="mme">Path of mme.dll, built for release.</param>
    public static async Task<int> RunAsync(string root, string mme, string[] args)
    {
        var arguments = new Arguments(args);
        await using var azurite = await Azurite.StartAsync(keep: false, _ => { }, CancellationToken.None);
        await using var benchmark = new MemoryBenchmark(mme, arguments.Number("--limit-mib", 2048), azurite);
        await benchmark.PublishAsync(Path.Combine(root, "models", "cifar10"));
        return await benchmark.RunAsync(arguments);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private async Task PublishAsync(string folder)
    {
        var publisher = new ModelPublisher(_account);
        foreach (var model in _models)
        {
            (await publisher.PushAsync(model, folder, CancellationToken.None)).TryGet(out _, out var refusal);
            if (refusal is not null)
            {
                throw new InvalidOperationException(refusal.Message);
            }
        }
    }

    private async Task<int> RunAsync(Arguments arguments)
    {
        var rounds = arguments.Rounds(3);
        var (jpeg, png) = (LargeImages.Jpeg(), LargeImages.Png());
        Console.WriteLine($"24 megapixels: JPEG {jpeg.Length >> 10} KiB, PNG {png.Length >> 10} KiB");
        var (alone, among, large) = (new List<double>(), new List<double>(), new List<double>());
        double peak;
        bool isEnforced;
        await using (var worker = await StartAsync(_limitMiB, "limited"))
        {
            isEnforced = worker.IsEnforced;
            await ClassifyAsync([.. Mixed([])]);
            for (var round = 0; round < rounds; round++)
            {
                alone.AddRange((await ClassifyAsync([.. Mixed([])])).Select(each => each.Seconds));
                var all = await ClassifyAsync([.. Mixed(
                    [.. Enumerable.Range(0, 2 * LargeOfEach).Select(i => i % 2 == 0 ? jpeg : png)])]);
                among.AddRange(all.Where(each => !each.IsLarge).Select(each => each.Seconds));
                large.AddRange(all.Where(each => each.IsLarge).Select(each => each.Seconds));
                Console.WriteLine($"small images alone p99 {P99(alone):0.00} s, among large ones {P99(among):0.00} s, "
                    + $"large ones {P99(large):0.00} s, peak {worker.PeakMiB:0} MiB");
            }

            peak = worker.PeakMiB;
            if (!worker.IsAlive)
            {
                throw new InvalidOperationException("The worker was killed.");
            }
        }

        var (limited, unlimited) = (new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            limited.Add(await ThroughputAsync(_limitMiB));
            unlimited.Add(await ThroughputAsync(null));
            Console.WriteLine($"limited {limited[^1]:0} images/s, unlimited {unlimited[^1]:0}");
        }

        return Report.Write($"memory-{_limitMiB}", arguments.Save, new JsonObject
        {
            ["limit_mib"] = _limitMiB,
            ["limit_is_enforced"] = isEnforced,
            ["peak_mib"] = Figures.Rounded(peak),
            ["refused"] = _refused,
            ["small_p99_alone_s"] = Figures.Rounded(P99(alone)),
            ["small_p99_among_large_s"] = Figures.Rounded(P99(among)),
            ["small_p99_ratio"] = Figures.Ratio(P99(among), P99(alone)),
            ["large_p99_s"] = Figures.Rounded(P99(large)),
            ["throughput_limited"] = Figures.Rounded(Figures.Median(limited)),
            ["throughput_unlimited"] = Figures.Rounded(Figures.Median(unlimited)),
            ["throughput_ratio"] = Figures.Ratio(Figures.Median(limited), Figures.Median(unlimited)),
        });

        static double P99(List<double> seconds) => Figures.Percentile(seconds, 99);
    }

    /// <summary>Small images of all models, with the large ones spread evenly between them.</summary>
    private IEnumerable<byte[]> Mixed(byte[][] large)
    {
        for (var i = 0; i < Small; i++)
        {
            for (var next = large.Length * i / Small; next < large.Length * (i + 1) / Small; next++)
            {
                yield return large[next];
            }

            yield return _small;
        }
    }

    private Task<LimitedWorker> StartAsync(int? limitMiB, string name) =>
        LimitedWorker.StartAsync(_mme, _azurite.ConnectionString, _folder.FullName, limitMiB, name);

    private async Task<double> ThroughputAsync(int? limitMiB)
    {
        await using var worker = await StartAsync(limitMiB, limitMiB is null ? "unlimited" : "limited");
        await ClassifyAsync([.. Mixed([])]);
        var images = Enumerable.Repeat(_small, ThroughputImages).ToArray();
        var answers = await ClassifyAsync(images);
        return images.Length / answers.Max(answer => answer.Seconds);
    }

    /// <summary>Drops images, one message each as events have, and waits for their labels.</summary>
    private async Task<IReadOnlyList<Answer>> ClassifyAsync(byte[][] images)
    {
        var drops = images.Select((bytes, i) => new Drop(
            _models[i % Models], (_images + i).ToString("D8", CultureInfo.InvariantCulture), bytes)).ToList();
        _images += images.Length;
        await ForEachAsync(drops, drop => _account.ImagesOf(drop.Model).GetBlobClient(drop.Name)
            .UploadAsync(BinaryData.FromBytes(drop.Bytes)));
        var started = TimeProvider.System.GetUtcNow();
        await ForEachAsync(drops, drop =>
        {
            drop.SentAt = TimeProvider.System.GetUtcNow();
            return _sender.SendAsync(drop.Model, [drop.Name], null, null, CancellationToken.None);
        });
        Console.Error.WriteLine($"{drops.Count} messages in {(TimeProvider.System.GetUtcNow() - started).TotalSeconds:0.00} s");
        var answers = new List<Answer>();
        var clock = Stopwatch.StartNew();
        foreach (var drop in drops)
        {
            var label = _account.LabelsOf(drop.Model).GetBlobClient(drop.Name + ".json");
            answers.Add(await AnswerAsync(drop, label, clock));
        }

        await ForEachAsync(drops, drop => _account.ImagesOf(drop.Model).GetBlobClient(drop.Name).DeleteAsync());
        return answers;
    }

    private async Task<Answer> AnswerAsync(Drop drop, BlobClient label, Stopwatch clock)
    {
        while (!await label.ExistsAsync())
        {
            if (clock.Elapsed > TimeSpan.FromMinutes(5))
            {
                throw new TimeoutException($"{drop.Model}/{drop.Name} has no label after 5 minutes.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        }

        var json = JsonNode.Parse((await label.DownloadContentAsync()).Value.Content)!;
        if (json["error"] is { } error)
        {
            _refused++;
            Console.Error.WriteLine(error.ToJsonString(JsonSerializerOptions.Default));
        }

        var at = json["classifiedAt"]!.GetValue<DateTimeOffset>();
        return new Answer((at - drop.SentAt).TotalSeconds, drop.Bytes != _small);
    }

    private static Task ForEachAsync(IEnumerable<Drop> drops, Func<Drop, Task> body) => Parallel.ForEachAsync(
        drops, new ParallelOptions { MaxDegreeOfParallelism = Parallelism }, async (drop, _) => await body(drop));

    private sealed record Drop(ModelName Model, string Name, byte[] Bytes)
    {
        public DateTimeOffset SentAt { get; set; }
    }

    private sealed record Answer(double Seconds, bool IsLarge);
}
