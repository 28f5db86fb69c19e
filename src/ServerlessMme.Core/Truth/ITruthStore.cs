using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Truth;

/// <summary>
/// The correct labels of images, <c>truth-{model}/{image}.json</c>. Failures of the store are thrown. Thread-safe.
/// </summary>
public interface ITruthStore
{
    /// <summary>
    /// Returns all images with a known label, in ordinal order of the blobs' names. Empty if there is no container.
    /// </summary>
    IAsyncEnumerable<KnownImage> ListAsync(ModelName model, CancellationToken cancellationToken);

    /// <summary>Returns the correct label of an image, or null if unknown.</summary>
    Task<CorrectLabel?> FindAsync(ModelName model, string image, CancellationToken cancellationToken);

    /// <summary>Stores the correct label of an image, replacing the previous one.</summary>
    Task WriteAsync(ModelName model, string image, CorrectLabel truth, CancellationToken cancellationToken);

    /// <summary>
    /// Stores the correct label of an image that has none. Returns false, without storing anything, if the image has
    /// one.
    /// </summary>
    Task<bool> TryAddAsync(ModelName model, string image, CorrectLabel truth, CancellationToken cancellationToken);

    /// <summary>Removes the correct label of an image, if there is one.</summary>
    Task RemoveAsync(ModelName model, string image, CancellationToken cancellationToken);
}

/// <summary>The correct label of an image. See docs/schemas/v1/truth.json.</summary>
/// <param name="By">Who set the label; null if unknown.</param>
/// <param name="At">When it was set; null if unknown.</param>
public sealed record CorrectLabel(string Label, string? By, DateTimeOffset? At);

/// <summary>An image whose correct label is known.</summary>
public sealed record KnownImage(string Image, string Label);
