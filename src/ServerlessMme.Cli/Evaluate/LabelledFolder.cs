using ServerlessMme.Cli.Classify;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Cli.Evaluate;

/// <summary>A folder with a folder of images per class.</summary>
/// <param name="Images">Images of known labels.</param>
/// <param name="Truths">Index of the correct label, by the image's name.</param>
/// <param name="Unknown">Folders that no label names.</param>
/// <param name="Unlabelled">Images that are in no folder of a class.</param>
internal sealed record LabelledFolder(
    IReadOnlyList<LocalImage> Images,
    IReadOnlyDictionary<string, int> Truths,
    IReadOnlyList<UnknownFolder> Unknown,
    int Unlabelled)
{
    /// <summary>Finds the label of each file. A folder is named like its label, in any case.</summary>
    public static LabelledFolder Of(IReadOnlyList<LocalImage> files, IReadOnlyList<string> labels)
    {
        var exact = labels.Select((label, i) => (label, i)).ToDictionary(
            pair => pair.label, pair => pair.i, StringComparer.Ordinal);
        // Labels may differ by case alone. The folder's exact name then decides.
        var similar = exact.OrderBy(pair => pair.Value).DistinctBy(pair => pair.Key, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.OrdinalIgnoreCase);
        var images = new List<LocalImage>();
        var truths = new Dictionary<string, int>(StringComparer.Ordinal);
        var unknown = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var unlabelled = 0;
        foreach (var file in files)
        {
            var name = ClassOf(file);
            if (name.Length == 0)
            {
                unlabelled++;
            }
            else if (exact.TryGetValue(name, out var truth) || similar.TryGetValue(name, out truth))
            {
                images.Add(file);
                truths.Add(file.Name, truth);
            }
            else
            {
                unknown[name] = unknown.GetValueOrDefault(name) + 1;
            }
        }

        return new LabelledFolder(
            images, truths, [.. unknown.Select(pair => new UnknownFolder(pair.Key, pair.Value))], unlabelled);
    }

    private static string ClassOf(LocalImage file) =>
        file.Name.IndexOf('/', StringComparison.Ordinal) is var slash and > 0 ? file.Name[..slash] : "";
}
