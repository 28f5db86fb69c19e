using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Names;

namespace ServerlessMme.Core.Reconcile;

/// <summary>Merges the sorted listings of a model's images and labels in one pass.</summary>
internal static class LabelMerge
{
    /// <summary>
    /// The images whose label is missing or was made from another image version or by another model version.
    /// </summary>
    /// <param name="images">In ordinal order of their names.</param>
    /// <param name="labels">In ordinal order of their names. Other blobs among them are ignored.</param>
    /// <param name="version">
    /// The model version of a current label. Without one (<see cref="LabelStamp.NoModel"/>), every model's label is.
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

    /// <summary>The same for a part of the images, with the labels from the cursor on.</summary>
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
