using System.Security.Cryptography;
using System.Text;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Reconcile;
using ServerlessMme.Core.Truth;

namespace ServerlessMme.Core.Candidates;

/// <summary>
/// Draws a model's images for a comparison: a random sample of all images, and a random sample of those whose correct
/// label is known. A hash of the name decides, so every comparison gets the same images, and a larger sample contains
/// the smaller one. Archives are left out.
/// </summary>
public sealed class ComparisonSample
{
    /// <summary>Number of images to draw by default.</summary>
    public const int DefaultSize = 500;

    private readonly Dictionary<string, DrawnImage> _images;

    private ComparisonSample(Dictionary<string, DrawnImage> images, long archives)
    {
        _images = images;
        Archives = archives;
    }

    /// <summary>The images of both samples, sorted by name.</summary>
    public IReadOnlyList<DrawnImage> Images =>
        [.. _images.Values.OrderBy(image => image.Name, StringComparer.Ordinal)];

    /// <summary>Number of archives in the container. Their entries are not compared.</summary>
    public long Archives { get; }

    /// <param name="version">The published model's version; null if nothing is published.</param>
    /// <param name="spell">
    /// Returns a correct label in the model's spelling, because any program may have stored it; null to leave it out.
    /// </param>
    /// <param name="most">
    /// Maximum number of images in each of the two samples; null draws all images.
    /// </param>
    public static async Task<ComparisonSample> DrawAsync(
        IDropListing drops,
        ITruthStore truth,
        ModelName model,
        string? version,
        Func<string, string?> spell,
        int? most,
        CancellationToken cancellationToken)
    {
        var labels = await truth.ListAsync(model, cancellationToken)
            .Select(known => (known.Image, Label: spell(known.Label))).Where(known => known.Label is not null)
            .ToDictionaryAsync(known => known.Image, known => known.Label!, StringComparer.Ordinal, cancellationToken);
        var (all, known) = (new Lowest(most), new Lowest(most));
        var archives = 0L;
        await foreach (var image in drops.ListImagesAsync(model, cancellationToken))
        {
            if (ArchiveName.IsArchive(image.Name))
            {
                archives++;
            }
            else if (ImageName.Check(image.Name) is null)
            {
                all.Add(image);
                if (labels.ContainsKey(image.Name))
                {
                    known.Add(image);
                }
            }
        }

        var drawn = known.Images.ToDictionary(
            image => image.Name, image => new DrawnImage(image.Name, image.ETag, false), StringComparer.Ordinal);
        foreach (var image in all.Images)
        {
            drawn[image.Name] = new DrawnImage(image.Name, image.ETag, true);
        }

        foreach (var image in drawn.Values)
        {
            image.Truth = labels.GetValueOrDefault(image.Name);
        }

        var sample = new ComparisonSample(drawn, archives);
        if (version is not null && drawn.Count > 0)
        {
            await sample.FindAnswersAsync(drops.ListLabelsAsync(model, cancellationToken), version);
        }

        return sample;
    }

    /// <summary>Takes the published model's answers from current labels, so no image is scored twice.</summary>
    private async Task FindAnswersAsync(IAsyncEnumerable<ListedLabel> labels, string version)
    {
        await foreach (var (name, stamp) in labels)
        {
            if (name.EndsWith(LabelName.Suffix, StringComparison.Ordinal)
                && _images.TryGetValue(name[..^LabelName.Suffix.Length], out var image)
                // A truncated answer would look like a change.
                && stamp is { Answer: { Length: < LabelStamp.MaxAnswer - 1 } answer }
                && stamp.IsCurrent(image.ETag, version))
            {
                image.Before = new GivenAnswer(answer, stamp.Score, stamp.IsUnsure);
            }
        }
    }

    /// <summary>Keeps the images whose names have the lowest hashes.</summary>
    private sealed class Lowest(int? most)
    {
        private readonly PriorityQueue<ListedImage, ulong> _images = new();

        public IEnumerable<ListedImage> Images => _images.UnorderedItems.Select(item => item.Element);

        public void Add(ListedImage image)
        {
            // The queue removes the item with the smallest priority, but the largest hash has to go.
            _images.Enqueue(image, ulong.MaxValue - Hash(image.Name));
            if (_images.Count > most)
            {
                _images.Dequeue();
            }
        }

        private static ulong Hash(string name) =>
            BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
    }
}

/// <summary>An image of a sample.</summary>
/// <param name="IsSampled">See <see cref="ComparedImage"/>.</param>
public sealed record DrawnImage(string Name, string ETag, bool IsSampled)
{
    /// <summary>The correct label; null if unknown.</summary>
    public string? Truth { get; internal set; }

    /// <summary>The published model's answer; null until it is known.</summary>
    public GivenAnswer? Before { get; internal set; }
}
