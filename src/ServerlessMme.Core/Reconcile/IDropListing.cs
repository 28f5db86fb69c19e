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
}

/// <summary>A drop as a listing shows it.</summary>
public readonly record struct ListedImage(string Name, string ETag);

/// <summary>A label as a listing shows it.</summary>
public readonly record struct ListedLabel(string Name, LabelStamp Stamp);
