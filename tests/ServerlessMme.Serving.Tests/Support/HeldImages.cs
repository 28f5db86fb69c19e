using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Storage.Images;

namespace ServerlessMme.Serving.Tests.Support;

/// <summary>Images of storage that nobody gets before the test allows it.</summary>
internal sealed class HeldImages(IImageSource images, Task until) : IImageSource
{
    public static void Use(IServiceCollection services, Task until) => services.AddSingleton<IImageSource>(
        provider => new HeldImages(ActivatorUtilities.CreateInstance<BlobImageSource>(provider), until));

    public IAsyncEnumerable<string> ListAsync(ModelName model, string prefix, CancellationToken cancellationToken) =>
        images.ListAsync(model, prefix, cancellationToken);

    public async Task<FetchedImage> FetchAsync(
        ModelName model, string image, string? unlessETag, CancellationToken cancellationToken)
    {
        await until.WaitAsync(cancellationToken);
        return await images.FetchAsync(model, image, unlessETag, cancellationToken);
    }
}
