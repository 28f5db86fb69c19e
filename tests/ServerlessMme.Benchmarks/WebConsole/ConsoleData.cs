using System.Globalization;
using ServerlessMme.Benchmarks.Reconcile;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Emulator;
using ServerlessMme.Storage;
using ServerlessMme.Storage.Images;
using ServerlessMme.Storage.Labels;
using ServerlessMme.Storage.Models;

namespace ServerlessMme.Benchmarks.WebConsole;

/// <summary>A published model with many images and a label for each.</summary>
internal static class ConsoleData
{
    // Few pictures under many names. Each has a label of its own, so a screen looks like one of real drops.
    private const int Written = 48;
    private const int Pictures = 12;
    private const int Width = 640;
    private const int Height = 480;

    private static readonly string[] s_classes =
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    public static ModelName Model { get; } = ModelName.Parse("gallery").Value;

    /// <summary>An image's name.</summary>
    public static string Name(int i) => string.Create(CultureInfo.InvariantCulture, $"{i / 1000:0000}/{i:000000}.jpg");

    /// <summary>
    /// Writes 48 images and their labels with the product's own writers. The others are copies in Azurite's database:
    /// it takes longer for each further blob, and hours for so many.
    /// </summary>
    /// <param name="root">The working tree.</param>
    public static async Task FillAsync(string folder, string root, int images)
    {
        var database = new AzuriteDatabase(folder);
        await using (var azurite = await Azurite.StartAsync(_ => { }, CancellationToken.None, folder))
        {
            var account = ConsoleBenchmark.Account(azurite);
            await account.CreateAsync(CancellationToken.None);
            var pushed = await new ModelPublisher(account).PushAsync(
                Model, Path.Combine(root, "models", "cifar10"), CancellationToken.None);
            var version = pushed.Value.Version;
            await account.ImagesOf(Model).CreateIfNotExistsAsync();
            await account.LabelsOf(Model).CreateIfNotExistsAsync();
            var pictures = Images.Jpegs(Pictures, Width, Height);
            for (var i = 0; i < Math.Min(Written, images); i++)
            {
                await WriteAsync(account, i, pictures[i % Pictures], version);
            }

            await database.WaitForAsync(LabelName.Of(Name(Math.Min(Written, images) - 1)));
        }

        database.Grow(Enumerable.Range(0, Math.Min(Written, images)).ToDictionary(
            Name,
            i => (IReadOnlyList<string>)[.. Enumerable.Range(1, images / Written).Select(copy => i + (copy * Written))
                .Where(number => number < images).Select(Name)]));
    }

    private static async Task WriteAsync(StorageAccount account, int i, byte[] picture, string? version)
    {
        using var content = new MemoryStream(picture);
        var drop = await new BlobDrops(account).WriteAsync(Model, Name(i), content, false, CancellationToken.None);
        var isRefused = i % 16 == 15;
        // Scores from 0.35 to 0.99, in an order of their own.
        var score = 0.35f + (i * 37 % Written / (float)Written * 0.64f);
        await new BlobLabelSink(account).WriteAsync(
            Model,
            new Label(
                new ImageReference(Model.ImagesContainer, Name(i), drop.ETag, picture.Length),
                new AnsweringModel(Model.Value, version, "sha256:0", "onnx"),
                isRefused ? [] : [new ScoredClass(s_classes[i % 10], i % 10, score)],
                isRefused ? new Refusal(ErrorCode.NotAnImage, "No image.") : null,
                TimeProvider.System.GetUtcNow(),
                i % 8 == 3 ? s_classes[(i + 1) % 10] : null)
            {
                IsUnsure = !isRefused && score < 0.5f,
            },
            CancellationToken.None);
    }
}
