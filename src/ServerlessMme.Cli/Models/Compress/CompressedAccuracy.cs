using ServerlessMme.Cli.Classify;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Truth;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Cli.Models.Compress;

/// <param name="Before">Right answers of the model.</param>
/// <param name="After">Right answers of its copy.</param>
internal sealed record CompressedAccuracy(Proportion Before, Proportion After)
{
    /// <summary>Below 0 when the copy is right more often.</summary>
    public double Loss => (double)(Before.Hits - After.Hits) / Before.Images;

    /// <summary>The accuracy on images in folders named after labels, or why it isn't measured.</summary>
    /// <param name="scored">Images that both models answered.</param>
    /// <param name="files">All images, among them these.</param>
    public static (CompressedAccuracy? Accuracy, string? Missing) Of(
        IReadOnlyList<ComparedImage> scored, IReadOnlyList<LocalImage> files, Manifest manifest)
    {
        if (manifest.Output.Task == OutputTask.Multi)
        {
            return (null, "a folder gives an image one label, and this model gives several");
        }

        var truths = LabeledFolder.Of(files, manifest.Labels).Truths;
        var known = scored.Where(image => truths.ContainsKey(image.Name)).ToList();
        if (known.Count < CompressVerdict.MinImages)
        {
            return (null, known.Count == 0
                ? "no image is in a folder named after a label"
                : $"only {Counted.Of(known.Count, "image")} in folders named after labels, of at least "
                    + $"{CompressVerdict.MinImages}");
        }

        return (new CompressedAccuracy(
            new Proportion(known.Count(image => image.Before == truths[image.Name]), known.Count),
            new Proportion(known.Count(image => image.After == truths[image.Name]), known.Count)), null);
    }
}
