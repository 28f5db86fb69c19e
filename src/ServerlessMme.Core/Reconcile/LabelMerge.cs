using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Names;

namespace ServerlessMme.Core.Reconcile;

/// <summary>Merges the sorted listings of a model's images and labels in one pass.</summary>
internal static class LabelMerge
{
    /// <summary>
    /// Returns the images whose label is missing, or belongs to another version of the image or the model.
    /// </summary>
    /// <param name="images">In ordinal order of their names.</param>
    /// <param name="labels">In ordinal order of their names. Other blobs are ignored.</param>
    /// <param name="version">
    /// The model version of a current label. <see cref="LabelStamp.NoModel"/> accepts any model's label.
    /// </param>
    public static async IAsyncEnumerable<ListedImage> FindStaleAsync(
        IAsyncEnumerable<ListedImage> images, IAsyncEnumerable<ListedLabel> labels, string version)
    {
        await using var cursor = new LabelCursor(labels);
        await foreach (var image in FindStaleAsync(images, cursor, version))
        {
            yield return image;
        }
    }

    /// <summary>
    /// Returns the stale ones among some of the images. Compares them with the labels from the cursor's position on.
    /// </summary>
    public static async IAsyncEnumerable<ListedImage> FindStaleAsync(
        IAsyncEnumerable<ListedImage> images, LabelCursor labels, string version)
    {
        await foreach (var image in LabelOrder.SortAsync(images, image => image.Name))
        {
            var isCurrent = await labels.FindAsync(LabelName.Of(image.Name)) is { } label
                && (label.Stamp.IsCurrent(image.ETag, version)
                    || (version == LabelStamp.NoModel && label.Stamp.IsFromModel));
            if (!isCurrent)
            {
                yield return image;
            }
        }
    }
}
