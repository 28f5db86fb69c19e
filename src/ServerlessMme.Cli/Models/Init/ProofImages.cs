using System.Buffers;
using System.Text.Json.Nodes;
using ServerlessMme.Cli.Classify;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models.Import;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Cli.Models.Init;

/// <summary>Images to prove a draft with: the user's, or drawn ones.</summary>
internal sealed class ProofImages : IDisposable
{
    private const int MaxPerClass = 12;
    private const int MaxImages = 240;
    private const int MaxBytes = 20 << 20;
    private const int Drawn = 3;

    private ProofImages(IReadOnlyList<ProofImage> images, bool areDrawn) => (Images, AreDrawn) = (images, areDrawn);

    /// <summary>Folders that no label names.</summary>
    public IReadOnlyList<string> Unknown { get; private init; } = [];

    public IReadOnlyList<ProofImage> Images { get; }

    public bool AreDrawn { get; }

    public bool HaveTruth => Images.Any(image => image.Truth is not null);

    public static ProofImages Draw(InputSpec input) => new(
        [.. Enumerable.Range(0, Drawn).Select(i => new ProofImage(TestImage.Create(input, i), null))], areDrawn: true);

    /// <summary>
    /// Reads a folder. Where it has a folder per class, those are the images' labels; they name the classes too if
    /// nothing else does, in the order in which Keras and torchvision number them.
    /// </summary>
    public static async Task<ProofImages> ReadAsync(string folder, Draft draft, CancellationToken cancellationToken)
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
        var chosen = files.GroupBy(ClassOf)
            .SelectMany(group => Spread([.. group], group.Key.Length > 0 ? MaxPerClass : MaxImages)).Take(MaxImages);
        foreach (var file in chosen)
        {
            if (await ReadAsync(file, cancellationToken) is { } image)
            {
                images.Add(new ProofImage(image, indices.TryGetValue(ClassOf(file), out var truth) ? truth : null));
            }
        }

        return new ProofImages(images, areDrawn: false)
        {
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

    private static IEnumerable<LocalImage> Spread(List<LocalImage> files, int most)
    {
        var step = Math.Max(1, (double)files.Count / most);
        return Enumerable.Range(0, Math.Min(most, files.Count)).Select(i => files[(int)(i * step)]);
    }

    private static async Task<EncodedImage?> ReadAsync(LocalImage image, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(image.Path);
        if (file.Length is 0 or > MaxBytes)
        {
            return null;
        }

        var length = (int)file.Length;
        var rented = ArrayPool<byte>.Shared.Rent(length);
        await file.ReadExactlyAsync(rented.AsMemory(0, length), cancellationToken);
        return new EncodedImage(new ImageReference(null, image.Name, null, length), rented, length);
    }
}
