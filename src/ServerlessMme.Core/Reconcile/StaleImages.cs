using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;

namespace ServerlessMme.Core.Reconcile;

/// <summary>Finds a model's images that have no current label, by listing its two containers. Thread-safe.</summary>
public sealed class StaleImages(IDropListing drops)
{
    /// <summary>The number of images without a current label. Names that cannot be addressed don't count.</summary>
    /// <param name="version">The version published; null when none is.</param>
    public async Task<long> CountAsync(ModelName model, string? version, CancellationToken cancellationToken) =>
        await FindAsync(model, version, cancellationToken)
            .LongCountAsync(image => ImageName.Check(image.Name) is null, cancellationToken);

    internal IAsyncEnumerable<ListedImage> FindAsync(
        ModelName model, string? version, CancellationToken cancellationToken) =>
        LabelMerge.FindStaleAsync(
            drops.ListImagesAsync(model, cancellationToken),
            drops.ListLabelsAsync(model, cancellationToken),
            version ?? LabelStamp.NoModel);
}
