using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Options;
using ServerlessMme.Benchmarks.Archive;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Requests;
using ServerlessMme.Emulator;
using ServerlessMme.Storage;
using ServerlessMme.Storage.Models;
using ServerlessMme.Storage.Queues;

namespace ServerlessMme.Benchmarks.Memory;

/// <summary>
/// A worker under a memory limit, with large and small images at once: its peak, and what small images wait because of
/// the large ones, through Azurite, which shares the machine. Beside it what the limit costs the pipeline on small images,
/// and what one large image takes.
/// </summary>
internal sealed class MemoryBenchmark : IAsyncDisposable
{
    private const int Models = 20;
    private const int Small = 200;
    private const int LargeOfEach = 32;
    private const int ThroughputImages = 10_000;
    private static readonly ParallelOptions s_parallel = new() { MaxDegreeOfParallelism = 8 };

    private readonly string _mme;
    private readonly string _classified;
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

    private MemoryBenchmark(string mme, string classified, int limitMiB, Azurite azurite)
    {
        _mme = mme;
        _classified = classified;
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
        await using var azurite = await Azurite.StartAsync(_ => { }, CancellationToken.None);
        var model = Path.Combine(root, "models", "cifar10");
        await using var benchmark = new MemoryBenchmark(mme, model, arguments.Number("--limit-mib", 2048), azurite);
        await benchmark.PublishAsync(model);
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
        }

        var large24 = await PeakOfClassifyAsync("large.jpg", jpeg) - await PeakOfClassifyAsync("small.jpg", _small);

        var (limited, unlimited) = await ThroughputAsync(rounds);
        return Report.Write($"memory-{_limitMiB}", arguments.Save, new JsonObject
        {
            ["limit_mib"] = _limitMiB,
            ["limit_is_enforced"] = isEnforced,
            ["peak_mib"] = Figures.Rounded(peak),
            ["refused"] = _refused,
            ["small_p99_alone_s"] = Figures.Rounded(P99(alone)),
            ["small_p99_among_large_s"] = Figures.Rounded(P99(among)),
            ["small_p99_ratio"] = Figures.Ratio(P99(among), P99(alone)),
            ["large_jpeg_mib"] = Figures.Rounded(large24),
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

    private Task<LimitedWorker> StartAsync(int limitMiB, string name) =>
        LimitedWorker.StartAsync(_mme, _azurite.ConnectionString, _folder.FullName, limitMiB, name);

    /// <summary>Images a second from memory to labels, with the limit's plan and with the machine's.</summary>
    private async Task<(List<double> Limited, List<double> Unlimited)> ThroughputAsync(int rounds)
    {
        using var limited = Classifier(new MemoryOptions { LimitBytes = (long)_limitMiB << 20 }, "limited");
        using var unlimited = Classifier(new MemoryOptions(), "unlimited");
        var rates = (Limited: new List<double>(), Unlimited: new List<double>());
        // The first round loads the model and compiles; it does not count.
        for (var round = 0; round <= 3 * rounds; round++)
        {
            rates.Limited.Add(await RateAsync(limited));
            rates.Unlimited.Add(await RateAsync(unlimited));
        }

        rates.Limited.RemoveAt(0);
        rates.Unlimited.RemoveAt(0);
        return rates;
    }

    private LocalClassifier Classifier(MemoryOptions options, string store) => new(
        Path.GetDirectoryName(Path.GetDirectoryName(_classified))!, Path.Combine(_folder.FullName, store),
        MemoryPlan.Create(options, 0, new ImageOptions().ReadingBytes));

    private async Task<double> RateAsync(LocalClassifier classifier)
    {
        var source = new MemorySource([.. Enumerable.Repeat(_small, ThroughputImages)]);
        var names = Enumerable.Range(0, ThroughputImages).Select(i => i.ToString(CultureInfo.InvariantCulture));
        var request = new ClassifyRequest(ModelName.Parse("cifar10").Value, [.. names]);
        var clock = Stopwatch.StartNew();
        await classifier.Classifier.RunAsync(request, source, new CountingSink(), null, CancellationToken.None);
        return ThroughputImages / clock.Elapsed.TotalSeconds;
    }

    /// <summary>The peak of resident memory, in MiB, of <c>mme classify</c> on one image.</summary>
    private async Task<double> PeakOfClassifyAsync(string name, byte[] bytes)
    {
        var image = Path.Combine(_folder.FullName, name);
        await File.WriteAllBytesAsync(image, bytes);
        var start = new ProcessStartInfo("dotnet", [_mme, "classify", image, "--model", _classified])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["Mme__Artifacts__Folder"] = Path.Combine(_folder.FullName, "classify");
        var peaks = new List<double>();
        // The first process fills the tensor store.
        for (var run = 0; run < 4; run++)
        {
            using var process = Process.Start(start)!;
            var peak = 0.0;
            while (!process.HasExited)
            {
                peak = Math.Max(peak, LimitedWorker.PeakOf(process.Id) ?? 0);
                await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System);
            }

            peaks.Add(peak);
        }

        return Figures.Median(peaks.Skip(1));
    }

    /// <summary>Drops images, one message each as events have, and waits for their labels.</summary>
    private async Task<IReadOnlyList<Answer>> ClassifyAsync(byte[][] images)
    {
        var drops = images.Select((bytes, i) => new Drop(
            _models[i % Models], (_images + i).ToString("D8", CultureInfo.InvariantCulture), bytes)).ToList();
        _images += images.Length;
        await ForEachAsync(drops, drop => _account.ImagesOf(drop.Model).GetBlobClient(drop.Name)
            .UploadAsync(BinaryData.FromBytes(drop.Bytes)));
        await ForEachAsync(drops, drop =>
        {
            drop.SentAt = TimeProvider.System.GetUtcNow();
            return _sender.SendAsync(drop.Model, [drop.Name], null, null, CancellationToken.None);
        });
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

    private static Task ForEachAsync(IEnumerable<Drop> drops, Func<Drop, Task> body) =>
        Parallel.ForEachAsync(drops, s_parallel, async (drop, _) => await body(drop));

    private sealed record Drop(ModelName Model, string Name, byte[] Bytes)
    {
        public DateTimeOffset SentAt { get; set; }
    }

    private sealed record Answer(double Seconds, bool IsLarge);
}
