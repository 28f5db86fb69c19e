using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Reconcile;

namespace ServerlessMme.Core.Rescore;

/// <summary>Lists the images that a re-scoring job requests. Thread-safe.</summary>
public sealed class RescoreImages(IDropListing drops, StaleImages stale)
{
    /// <summary>The number of images that a job would request.</summary>
    /// <param name="changedOnly">True counts only images without a current label.</param>
    public async Task<long> CountAsync(
        ModelDescriptor model, bool changedOnly, CancellationToken cancellationToken) =>
        await ListAsync(model.Name, model.Version, changedOnly, null, cancellationToken)
            .LongCountAsync(cancellationToken);

    /// <summary>The images in an order that every listing has, without names that no message may contain.</summary>
    /// <param name="version">The model version of a current label.</param>
    /// <param name="after">Lists only the images after this one; null lists all.</param>
    internal IAsyncEnumerable<string> ListAsync(
        ModelName model, string? version, bool changedOnly, string? after, CancellationToken cancellationToken)
    {
        // Images without a current label come in the order of their labels.
        var images = changedOnly
            ? stale.FindAsync(model, version, cancellationToken)
            : drops.ListImagesAsync(model, cancellationToken);
        var names = images.Select(image => image.Name).Where(name => ImageName.Check(name) is null);
        return after is null
            ? names
            : names.SkipWhile(name => string.CompareOrdinal(Key(name), Key(after)) <= 0);

        string Key(string name) => changedOnly ? LabelName.Of(name) : name;
    }
}
