using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Reconcile;

/// <summary>Lists drops and labels without reading them. Failures of storage are thrown. Thread-safe.</summary>
public interface IDropListing
{
    /// <summary>Every model that has a container for drops, published or not.</summary>
    IAsyncEnumerable<ModelName> ListModelsAsync(CancellationToken cancellationToken);

    /// <summary>A model's drops in ordinal order of their names; none when it has no container.</summary>
    IAsyncEnumerable<ListedImage> ListImagesAsync(ModelName model, CancellationToken cancellationToken);

    /// <summary>A model's labels in ordinal order of their names; none when it has no container.</summary>
    IAsyncEnumerable<ListedLabel> ListLabelsAsync(ModelName model, CancellationToken cancellationToken);

    /// <summary>A model's drops in pages, in the storage service's order; none when it has no container.</summary>
    /// <param name="from"><see cref="ListedPage{T}.Next"/> of an earlier page; null begins with the first.</param>
    /// <param name="size">The most drops in one page.</param>
    IAsyncEnumerable<ListedPage<ListedImage>> ListImagePagesAsync(
        ModelName model, string? from, int size, CancellationToken cancellationToken);

    /// <summary>A model's labels in pages, in the storage service's order; none when it has no container.</summary>
    /// <param name="from"><see cref="ListedPage{T}.Next"/> of an earlier page; null begins with the first.</param>
    /// <param name="size">The most labels in one page; null leaves it to the storage service.</param>
    IAsyncEnumerable<ListedPage<ListedLabel>> ListLabelPagesAsync(
        ModelName model, string? from, int? size, CancellationToken cancellationToken);
}

/// <summary>A page of a listing.</summary>
/// <param name="Items">May be empty, even if pages follow.</param>
/// <param name="Next">
/// Where the listing goes on, in the storage service's own terms; null at the end. Stays valid when items come or go.
/// </param>
public readonly record struct ListedPage<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>A drop as a listing shows it.</summary>
public readonly record struct ListedImage(string Name, string ETag);

/// <summary>A label as a listing shows it.</summary>
public readonly record struct ListedLabel(string Name, LabelStamp Stamp);
