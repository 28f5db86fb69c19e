using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Images;

/// <summary>Where a model's images come from: its container, or local files. Thread-safe.</summary>
public interface IImageSource
{
    /// <summary>Names of the model's images that begin with a prefix, in the order of the source.</summary>
    IAsyncEnumerable<string> ListAsync(ModelName model, string prefix, CancellationToken cancellationToken);

    /// <summary>
    /// Reads one image whole. <paramref name="unlessETag"/> is the version that has its label already: an image that
    /// is still that version is not read. A missing or too large image is a refusal; trouble with storage is thrown.
    /// </summary>
    Task<FetchedImage> FetchAsync(
        ModelName model, string image, string? unlessETag, CancellationToken cancellationToken);
}

/// <summary>What fetching an image gave: the image, a refusal, or nothing because its label is current.</summary>
/// <param name="Reference">What is known of the image, whatever became of it.</param>
/// <param name="Image">The image; the receiver disposes it.</param>
public readonly record struct FetchedImage(ImageReference Reference, EncodedImage? Image, Refusal? Refusal)
{
    /// <summary>True when the label is current and the image was not read.</summary>
    public bool IsUnchanged => Image is null && Refusal is null;
}
