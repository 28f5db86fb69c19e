using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Archives;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Requests;
using ServerlessMme.Emulator;
using ServerlessMme.Storage;
using ServerlessMme.Storage.Archives;
using ServerlessMme.Testing.Memory;

namespace ServerlessMme.Benchmarks.Archive;

/// <summary>
/// Images a second of an archive, from its blob in Azurite to its lines and summary there, beside the same pipeline on
/// the same images from memory. Rounds alternate; Azurite shares the machine.
/// </summary>
internal static class ArchiveBenchmark
{
    private const int Count = 10_000;
    private const int Rounds = 5;
    private static readonly ModelName Model = ModelName.Parse("cifar10").Value;

    /// <param name="root">The working tree.</param>
    /// <param name="save">True keeps the figures under results/.</param>
    public static async Task<int> RunAsync(string root, bool save)
    {
        var images = DrawnImages.Create(Count);
        var folder = Directory.CreateTempSubdirectory("mme-archive-");
        try
        {
            await using var azurite = await Azurite.StartAsync(_ => { }, CancellationToken.None);
            var account = new StorageAccount(
                Options.Create(new StorageOptions { ConnectionString = azurite.ConnectionString }));
            await account.ImagesOf(Model).CreateIfNotExistsAsync();
            await account.LabelsOf(Model).CreateIfNotExistsAsync();
            using var classifier = new LocalClassifier(root, folder.FullName);
            var packed = new Dictionary<string, byte[]>
            {
                ["zip"] = DrawnImages.Zip(images),
                ["tar.gz"] = DrawnImages.TarGzip(images),
            };

            var rates = packed.Keys.Append("memory").ToDictionary(name => name, _ => new List<double>());
            // The first round loads the model and compiles; it does not count.
            for (var round = 0; round <= Rounds; round++)
            {
                rates["memory"].Add(await FromMemoryAsync(classifier, images));
                foreach (var (kind, bytes) in packed)
                {
                    rates[kind].Add(await FromArchiveAsync(classifier, account, $"{round}.{kind}", bytes));
                }
            }

            foreach (var list in rates.Values)
            {
                list.RemoveAt(0);
            }

            Print(save, rates, packed);
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<double> FromMemoryAsync(
        LocalClassifier classifier, IReadOnlyList<(string Name, byte[] Jpeg)> images)
    {
        var source = new MemorySource([.. images.Select(image => image.Jpeg)]);
        var names = Enumerable.Range(0, images.Count).Select(i => i.ToString(CultureInfo.InvariantCulture));
        var clock = Stopwatch.StartNew();
        var request = new ClassifyRequest(Model, [.. names]);
        var counts = await classifier.Classifier.RunAsync(
            request, source, new CountingSink(), null, CancellationToken.None);
        return Rate(clock, counts.Done, images.Count);
    }

    private static async Task<double> FromArchiveAsync(
        LocalClassifier classifier, StorageAccount account, string name, byte[] bytes)
    {
        await account.ImagesOf(Model).GetBlobClient(name).UploadAsync(BinaryData.FromBytes(bytes));
        var runs = new ArchiveRuns(
            new BlobArchiveStore(account),
            AmpleMemory.Create(),
            Options.Create(new ArchiveOptions()),
            Options.Create(new ImageOptions()),
            TimeProvider.System);
        var clock = Stopwatch.StartNew();
        var result = await classifier.Classifier.RunAsync(
            new ClassifyRequest(Model, [], Archive: name), runs, observer: null, CancellationToken.None);
        return Rate(clock, result.Counts.Done, Count);
    }

    private static double Rate(Stopwatch clock, int done, int expected) => done == expected
        ? done / clock.Elapsed.TotalSeconds
        : throw new InvalidOperationException($"{done} of {expected} images were labeled.");

    private static void Print(bool save, Dictionary<string, List<double>> rates, Dictionary<string, byte[]> packed)
    {
        var medians = rates.ToDictionary(rate => rate.Key, rate => Figures.Median(rate.Value));
        foreach (var (name, rate) in medians)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name,-8} {rate,9:0} images a second ({rates[name].Min():0} to {rates[name].Max():0})"));
        }

        Report.Write("archive", save, new JsonObject
        {
            ["benchmark"] = "archive",
            ["images"] = Count,
            ["rounds"] = Rounds,
            ["archive_ratio"] = Math.Round(medians["zip"] / medians["memory"], 3),
            ["archive_tar_gz_ratio"] = Math.Round(medians["tar.gz"] / medians["memory"], 3),
            ["memory_images_per_second"] = Math.Round(medians["memory"]),
            ["zip_images_per_second"] = Math.Round(medians["zip"]),
            ["tar_gz_images_per_second"] = Math.Round(medians["tar.gz"]),
            ["zip_bytes"] = packed["zip"].Length,
            ["tar_gz_bytes"] = packed["tar.gz"].Length,
        });
    }
}
