using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Reconcile;

namespace ServerlessMme.Core.Rescore;

/// <summary>Lists the images that a re-scoring job requests. Thread-safe.</summary>
public sealed class RescoreImages(IDropListing drops, StaleImages stale)
{
    /// <summary>Returns the number of images that a job would request.</summary>
    /// <param name="changedOnly">True to count only images without a current label.</param>
    public async Task<long> CountAsync(
        ModelDescriptor model, bool changedOnly, CancellationToken cancellationToken) =>
        await ListAsync(model.Name, model.Version, changedOnly, cancellationToken).LongCountAsync(cancellationToken);

    /// <summary>Returns all images, except those whose names no message may contain.</summary>
    /// <param name="version">The model version of a current label.</param>
    internal IAsyncEnumerable<string> ListAsync(
        ModelName model, string? version, bool changedOnly, CancellationToken cancellationToken) =>
        (changedOnly
            ? stale.FindAsync(model, version, cancellationToken)
            : drops.ListImagesAsync(model, cancellationToken))
        .Select(image => image.Name).Where(IsGood);

    /// <summary>Returns the images from a log's position on, except those whose names no message may contain.</summary>
    /// <param name="size">Maximum number of images per page.</param>
    internal IAsyncEnumerable<SendingPage> ListPagesAsync(
        ModelName model, SendingState from, bool changedOnly, int size, CancellationToken cancellationToken)
    {
        // Workers of an earlier release logged only the last image.
        var last = from.Next is null ? from.Last : null;
        var pages = changedOnly
            ? stale.FindPagesAsync(model, from.Version, from.Next, from.NextLabels, size, cancellationToken)
                .Select(found => PageOf(found.Page, found.Labels))
            : drops.ListImagePagesAsync(model, from.Next, size, cancellationToken).Select(page => PageOf(page, null));

        return pages.SkipWhile(page => last is not null && page.Images.Count == 0);

        SendingPage PageOf(ListedPage<ListedImage> page, string? labels) => new(
            [.. page.Items.Select(image => image.Name).Where(name => IsGood(name) && !IsSent(name))],
            page.Next,
            labels);

        bool IsSent(string name) => last is not null && string.CompareOrdinal(Key(name), Key(last)) <= 0;

        string Key(string name) => changedOnly ? LabelName.Of(name) : name;
    }

    private static bool IsGood(string name) => ImageName.Check(name) is null;
}
