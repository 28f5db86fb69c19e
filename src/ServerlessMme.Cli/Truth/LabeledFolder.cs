using ServerlessMme.Cli.Classify;
using ServerlessMme.Core.Review;
using ServerlessMme.Core.Truth;

namespace ServerlessMme.Cli.Truth;

/// <summary>A folder with one folder of images per class.</summary>
/// <param name="Images">Images with known labels.</param>
/// <param name="Truths">Index of the correct label, by the image's name.</param>
/// <param name="Unknown">Folders that match no label.</param>
/// <param name="Unlabeled">Images that are not in a class folder.</param>
internal sealed record LabeledFolder(
    IReadOnlyList<LocalImage> Images,
    IReadOnlyDictionary<string, int> Truths,
    IReadOnlyList<UnknownFolder> Unknown,
    int Unlabeled)
{
    /// <summary>Finds the label of each file. A folder has the name of its label, in any case.</summary>
    public static LabeledFolder Of(IReadOnlyList<LocalImage> files, IReadOnlyList<string> labels)
    {
        var match = new LabelMatch(labels);
        var images = new List<LocalImage>();
        var truths = new Dictionary<string, int>(StringComparer.Ordinal);
        var unknown = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var unlabeled = 0;
        foreach (var file in files)
        {
            if (ClassOf(file) is not { } name)
            {
                unlabeled++;
            }
            else if (match.Find(name) is { } truth)
            {
                images.Add(file);
                truths.Add(file.Name, truth);
            }
            else
            {
                unknown[name] = unknown.GetValueOrDefault(name) + 1;
            }
        }

        return new LabeledFolder(
            images, truths, [.. unknown.Select(pair => new UnknownFolder(pair.Key, pair.Value))], unlabeled);
    }

    /// <summary>The folder that names the class of a file; null for a file that is in no folder.</summary>
    public static string? ClassOf(LocalImage file) =>
        file.Name.IndexOf('/', StringComparison.Ordinal) is var slash and > 0 ? file.Name[..slash] : null;
}
