using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Reconcile;

/// <summary>Lists drops and labels without reading them. Failures of storage are thrown. Thread-safe.</summary>
public interface IDropListing
{
    /// <summary>Returns every model that has a container for drops, published or not.</summary>
    IAsyncEnumerable<ModelName> ListModelsAsync(CancellationToken cancellationToken);

    /// <summary>Returns a model's drops in ordinal order of their names; empty if it has no container.</summary>
    IAsyncEnumerable<ListedImage> ListImagesAsync(ModelName model, CancellationToken cancellationToken);

    /// <summary>Returns a model's labels in ordinal order of their names; empty if it has no container.</summary>
    IAsyncEnumerable<ListedLabel> ListLabelsAsync(ModelName model, CancellationToken cancellationToken);

    /// <summary>
    /// Returns a model's drops in pages, in the storage service's order; empty if it has no container.
    /// </summary>
    /// <param name="from"><see cref="ListedPage{T}.Next"/> of an earlier page; null starts at the beginning.</param>
    /// <param name="size">Maximum number of drops per page.</param>
    IAsyncEnumerable<ListedPage<ListedImage>> ListImagePagesAsync(
        ModelName model, string? from, int size, CancellationToken cancellationToken);

    /// <summary>
    /// Returns a model's labels in pages, in the storage service's order; empty if it has no container.
    /// </summary>
    /// <param name="from"><see cref="ListedPage{T}.Next"/> of an earlier page; null starts at the beginning.</param>
    /// <param name="size">Maximum number of labels per page; null for the storage service's default.</param>
    IAsyncEnumerable<ListedPage<ListedLabel>> ListLabelPagesAsync(
        ModelName model, string? from, int? size, CancellationToken cancellationToken);
}

/// <summary>A page of a listing.</summary>
/// <param name="Items">May be empty, even if pages follow.</param>
/// <param name="Next">
/// The storage service's continuation token; null at the end. Stays valid if items are added or removed.
/// </param>
public readonly record struct ListedPage<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>A drop as a listing shows it.</summary>
public readonly record struct ListedImage(string Name, string ETag);

/// <summary>A label as a listing shows it.</summary>
public readonly record struct ListedLabel(string Name, LabelStamp Stamp);
