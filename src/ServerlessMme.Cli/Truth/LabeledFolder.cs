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
    /// <summary>Finds the label of each file. Folders are named after labels, regardless of case.</summary>
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

    /// <summary>Returns the folder that names a file's class, or null if the file isn't in a folder.</summary>
    public static string? ClassOf(LocalImage file) =>
        file.Name.IndexOf('/', StringComparison.Ordinal) is var slash and > 0 ? file.Name[..slash] : null;
}
