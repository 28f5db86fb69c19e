using System.Security.Cryptography;
using System.Text;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Cli.Evaluate;

/// <summary>Images with known labels, and those left out.</summary>
/// <param name="Images">The images' names, and their keys in the source.</param>
/// <param name="Truths">Index of the correct label, by the image's name.</param>
internal sealed record LabeledImages(
    IImageSource Source,
    IReadOnlyList<(string Name, string Key)> Images,
    IReadOnlyDictionary<string, int> Truths)
{
    /// <summary>Folders that match no label.</summary>
    public IReadOnlyList<UnknownFolder> UnknownFolders { get; init; } = [];

    /// <summary>Number of images that are not in a label folder.</summary>
    public int Unlabeled { get; init; }

    /// <summary>Files without an image extension; null if there are none.</summary>
    public SkippedFiles? Skipped { get; init; }

    /// <inheritdoc cref="EvaluatedImages.UnknownLabels"/>
    public IReadOnlyList<UnknownLabel> UnknownLabels { get; init; } = [];

    /// <inheritdoc cref="EvaluatedImages.ArchiveEntries"/>
    public int ArchiveEntries { get; init; }

    /// <inheritdoc cref="EvaluatedImages.SampledFrom"/>
    public int? SampledFrom { get; init; }

    /// <summary>The container that has the images; null for a local folder.</summary>
    public string? Container { get; init; }

    /// <summary>
    /// Returns some of the images, chosen by the hashes of their names. Repeated calls choose the same images, so
    /// models can be compared on them.
    /// </summary>
    /// <param name="count">Maximum number of images; null for all.</param>
    public LabeledImages Sample(int? count) => count is { } wanted && wanted < Images.Count
        ? this with
        {
            Images =
            [
                .. Images.OrderBy(image => Hash(image.Name), StringComparer.Ordinal).Take(wanted)
                    .OrderBy(image => image.Name, StringComparer.Ordinal),
            ],
            SampledFrom = Images.Count,
        }
        : this;

    private static string Hash(string name) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
}
