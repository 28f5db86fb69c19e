




using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Names;

namespace ServerlessMme.Storage.Reconcile;

/// <summary>Walks a model's images and labels as one merge of two sorted listings.</summary>
internal static class LabelMerge
{
    /// <summary>The images whose label is missing, or was made from another image version or model version.</summary>
    /// <param name="images">In the order of their names.</param>
    /// <param name="labels">In the order of their names, which end in <see cref="LabelName.Suffix"/> or are passed over.</param>
    /// <param name="version">The model version that a current label was made by.</param>
    public static async IAsyncEnumerable<ListedImage> FindStaleAsync(
        IAsyncEnumerable<ListedImage> images, IAsyncEnumerable<ListedLabel> labels, string version)
    {
        await using var label = labels.GetAsyncEnumerator();
        var hasLabel = await label.MoveNextAsync();
        await foreach (var image in LabelOrder.SortAsync(images, image => image.Name))
        {
            var labelName = LabelName.Of(image.Name);
            while (hasLabel && string.CompareOrdinal(label.Current.Name, labelName) < 0)
            {
                hasLabel = await label.MoveNextAsync();
            }

            var isCurrent = hasLabel && label.Current.Name == labelName
                && label.Current.Stamp.IsCurrent(image.ETag, version);
            if (!isCurrent)
            {
                yield return image;
            }
        }
    }
}

/// <summary>An image as a listing shows it.</summary>
internal readonly record struct ListedImage(string Name, string ETag);

/// <summary>A label as a listing shows it.</summary>
internal readonly record struct ListedLabel(string Name, LabelStamp Stamp);
