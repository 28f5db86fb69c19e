using ServerlessMme.Cli.Classify;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Truth;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Cli.Models.Compress;

/// <param name="Before">Share of the model's answers that are right.</param>
/// <param name="After">Share of the copy's answers that are right.</param>
internal sealed record CompressedAccuracy(Proportion Before, Proportion After)
{
    /// <summary>Below 0 if the copy is right more often.</summary>
    public double Loss => (double)(Before.Hits - After.Hits) / Before.Images;

    /// <summary>Measures accuracy on images in folders named after labels, or returns why it can't.</summary>
    /// <param name="scored">Images that both models answered.</param>
    /// <param name="files">All images, including these.</param>
    public static (CompressedAccuracy? Accuracy, string? Missing) Of(
        IReadOnlyList<ComparedImage> scored, IReadOnlyList<LocalImage> files, Manifest manifest)
    {
        if (manifest.Output.Task == OutputTask.Multi)
        {
            return (null, "a folder can give an image only one label, but this model can give it several");
        }

        var truths = LabeledFolder.Of(files, manifest.Labels).Truths;
        var known = scored.Where(image => truths.ContainsKey(image.Name)).ToList();
        if (known.Count < CompressVerdict.MinImages)
        {
            return (null, known.Count == 0
                ? "no image is in a folder named after a label"
                : $"folders named after labels have only {Counted.Of(known.Count, "image")}, but at least "
                    + $"{CompressVerdict.MinImages} are needed");
        }

        return (new CompressedAccuracy(
            new Proportion(known.Count(image => image.Before == truths[image.Name]), known.Count),
            new Proportion(known.Count(image => image.After == truths[image.Name]), known.Count)), null);
    }
}
