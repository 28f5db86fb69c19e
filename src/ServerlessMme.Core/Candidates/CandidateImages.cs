using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Candidates;

/// <summary>The images of one model's container, regardless of the model that requests them.</summary>
public sealed class CandidateImages(IImageSource images, ModelName container) : IImageSource
{
    public IAsyncEnumerable<string> ListAsync(ModelName model, string prefix, CancellationToken cancellationToken) =>
        images.ListAsync(container, prefix, cancellationToken);

    public Task<FetchedImage> FetchAsync(
        ModelName model, string image, string? unlessETag, CancellationToken cancellationToken) =>
        images.FetchAsync(container, image, unlessETag, cancellationToken);
}
