using System.Buffers;
using System.Text.Json.Nodes;
using ServerlessMme.Cli.Classify;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models.Import;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Cli.Models.Init;

/// <summary>Images to test a draft on: the user's, or drawn ones.</summary>
internal sealed class ProofImages : IDisposable
{
    private const int MaxPerClass = 12;
    private const int MaxImages = 240;
    private const int MaxBytes = 20 << 20;
    private const int Drawn = 3;

    private ProofImages(IReadOnlyList<ProofImage> images, bool areDrawn) => (Images, AreDrawn) = (images, areDrawn);

    /// <summary>Folders that match no label.</summary>
    public IReadOnlyList<string> Unknown { get; private init; } = [];

    public IReadOnlyList<ProofImage> Images { get; }

    public bool AreDrawn { get; }

    /// <summary>Files that could not be decoded, or that have more than 20 MiB.</summary>
    public IReadOnlyList<string> Unreadable { get; private init; } = [];

    public bool HaveTruth => Images.Any(image => image.Truth is not null);

    /// <summary>Returns at most this many images, spread evenly over the classes.</summary>
    public IReadOnlyList<ProofImage> Sample(int most)
    {
        var classes = Images.GroupBy(image => image.Truth).ToList();
        var each = Math.Max(1, most / Math.Max(1, classes.Count));
        return [.. classes.SelectMany(group => Spread([.. group], each)).Take(most)];
    }

    /// <summary>Returns true if guessing, or always giving the same answer, may get this many right.</summary>
    public bool IsChance(int right, int of)
    {
        var truths = Images.Select(image => image.Truth).OfType<int>().ToList();
        var share = truths.CountBy(truth => truth).Max(pair => pair.Value) / (double)truths.Count;
        return right < Math.Min(of, (of * share) + (2 * Math.Sqrt(of * share * (1 - share))));
    }

    public static ProofImages Draw(InputSpec input) => new(
        [.. Enumerable.Range(0, Drawn).Select(i => new ProofImage(TestImage.Create(input, i), null))], areDrawn: true);

    /// <summary>
    /// Reads a folder. If it has one folder per class, the folders' names are the images' labels. If nothing else names
    /// the classes, the folders do, in the order in which Keras and torchvision number them.
    /// </summary>
    /// <param name="isReadable">Returns true if an image can be decoded.</param>
    public static async Task<ProofImages> ReadAsync(
        string folder, Draft draft, Func<EncodedImage, ValueTask<bool>> isReadable,
        CancellationToken cancellationToken)
    {
        var files = LocalImages.Find([folder]).Images;
        var classes = files.Select(ClassOf).Where(name => name.Length > 0)
            .Distinct().Order(StringComparer.Ordinal).ToList();
        var labels = draft.Find("labels")!;
        if (labels.Certainty != Certainty.Certain && classes.Count > 1 && classes.Count == labels.Value.AsArray().Count)
        {
            draft.Set(
                "labels", new JsonArray([.. classes.Select(name => JsonValue.Create(name))]),
                "the folders of --images, in alphabetical order", Certainty.Likely);
        }

        var indices = draft.Find("labels")!.Value.AsArray().Select((label, i) => (Name: label!.GetValue<string>(), i))
            .DistinctBy(pair => pair.Name, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(pair => pair.Name, pair => pair.i, StringComparer.OrdinalIgnoreCase);
        var images = new List<ProofImage>();
        var unreadable = new List<string>();
        var groups = files.GroupBy(ClassOf).ToList();
        var most = Math.Clamp(MaxImages / Math.Max(1, groups.Count), 1, groups.Count == 1 ? MaxImages : MaxPerClass);
        foreach (var file in Spread([.. groups.SelectMany(group => Spread([.. group], most))], MaxImages))
        {
            if (await ReadAsync(file, cancellationToken) is { } image && await isReadable(image))
            {
                images.Add(new ProofImage(image, indices.TryGetValue(ClassOf(file), out var truth) ? truth : null));
            }
            else
            {
                unreadable.Add(file.Name);
            }
        }

        return new ProofImages(images, areDrawn: false)
        {
            Unreadable = unreadable,
            Unknown = [.. classes.Where(name => !indices.ContainsKey(name))],
        };
    }

    public void Dispose()
    {
        foreach (var image in Images)
        {
            image.Image.Dispose();
        }
    }

    private static string ClassOf(LocalImage file) =>
        file.Name.IndexOf('/', StringComparison.Ordinal) is var slash and > 0 ? file.Name[..slash] : "";

    private static IEnumerable<T> Spread<T>(List<T> files, int most)
    {
        var step = Math.Max(1, (double)files.Count / most);
        return Enumerable.Range(0, Math.Min(most, files.Count)).Select(i => files[(int)(i * step)]);
    }

    private static async Task<EncodedImage?> ReadAsync(LocalImage image, CancellationToken cancellationToken)
    {
        // Pipes and devices have no length, and opening one may wait forever.
        if (new FileInfo(image.Path).Length is 0 or > MaxBytes)
        {
            return null;
        }

        await using var file = File.OpenRead(image.Path);
        var length = (int)Math.Min(file.Length, MaxBytes);
        var rented = ArrayPool<byte>.Shared.Rent(length);
        await file.ReadExactlyAsync(rented.AsMemory(0, length), cancellationToken);
        return new EncodedImage(new ImageReference(null, image.Name, null, length), rented, length);
    }
}
