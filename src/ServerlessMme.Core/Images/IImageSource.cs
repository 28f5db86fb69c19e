using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Images;

/// <summary>Reads a model's images from its container or from local files. Thread-safe.</summary>
public interface IImageSource
{
    /// <summary>Lists the names of the model's images that start with a prefix, in the source's order.</summary>
    IAsyncEnumerable<string> ListAsync(ModelName model, string prefix, CancellationToken cancellationToken);

    /// <summary>
    /// Reads one image, unless it still has the version <paramref name="unlessETag"/>, whose label is current. Returns
    /// a refusal if the image is missing or too large; failures of storage are thrown.
    /// </summary>
    Task<FetchedImage> FetchAsync(
        ModelName model, string image, string? unlessETag, CancellationToken cancellationToken);
}

/// <summary>The result of fetching an image: the image, a refusal, or neither if its label is current.</summary>
/// <param name="Reference">Identifies the image, even if it was not read.</param>
/// <param name="Image">The image, which the caller must dispose.</param>
public readonly record struct FetchedImage(ImageReference Reference, EncodedImage? Image, Refusal? Refusal)
{
    /// <summary>True if the label is current and the image was not read.</summary>
    public bool IsUnchanged => Image is null && Refusal is null;
}
