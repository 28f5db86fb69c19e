using System.Runtime.CompilerServices;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;

namespace ServerlessMme.Core.Reconcile;

/// <summary>Finds a model's images that have no current label, by listing its two containers. Thread-safe.</summary>
public sealed class StaleImages(IDropListing drops)
{
    /// <summary>
    /// Returns the number of images without a current label. Names that cannot be addressed don't count.
    /// </summary>
    /// <param name="version">The published version, or null if nothing is published.</param>
    public async Task<long> CountAsync(ModelName model, string? version, CancellationToken cancellationToken) =>
        await FindAsync(model, version, cancellationToken)
            .LongCountAsync(image => ImageName.Check(image.Name) is null, cancellationToken);

    internal IAsyncEnumerable<ListedImage> FindAsync(
        ModelName model, string? version, CancellationToken cancellationToken) =>
        LabelMerge.FindStaleAsync(
            drops.ListImagesAsync(model, cancellationToken),
            drops.ListLabelsAsync(model, cancellationToken),
            version ?? LabelStamp.NoModel);

    /// <summary>
    /// Returns the images without a current label, page by page. An image with a current label may be included if its
    /// name begins with the name of an image on an earlier page.
    /// </summary>
    /// <param name="size">Maximum number of images per page before those with a current label are left out.</param>
    internal async IAsyncEnumerable<(ListedPage<ListedImage> Page, string? Labels)> FindPagesAsync(
        ModelName model,
        string? version,
        string? images,
        string? labels,
        int size,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var labelPage = labels;
        await using var cursor = new LabelCursor(ListLabelsAsync());
        await foreach (var page in drops.ListImagePagesAsync(model, images, size, cancellationToken))
        {
            var stale = await LabelMerge.FindStaleAsync(
                page.Items.ToAsyncEnumerable(), cursor, version ?? LabelStamp.NoModel).ToListAsync(cancellationToken);
            yield return (new ListedPage<ListedImage>(stale, page.Next), labelPage);
        }

        async IAsyncEnumerable<ListedLabel> ListLabelsAsync()
        {
            var next = labels;
            await foreach (var page in drops.ListLabelPagesAsync(model, labels, null, cancellationToken))
            {
                labelPage = next;
                foreach (var label in page.Items)
                {
                    yield return label;
                }

                next = page.Next;
            }
        }
    }
}
