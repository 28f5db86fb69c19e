using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Imaging;

namespace ServerlessMme.Cli.Evaluate;

/// <summary>Makes small pictures of images for a page.</summary>
internal static class Thumbnails
{
    private const int Side = 200;

    /// <summary>
    /// Returns JPEG files as data URIs, by the images' names. They are decoded and encoded again, so no byte of the
    /// original reaches the page. Images that cannot be decoded are left out.
    /// </summary>
    /// <param name="paths">Names and full paths.</param>
    public static async Task<IReadOnlyDictionary<string, string>> MakeAsync(
        IServiceProvider services,
        IImageSource source,
        ModelName model,
        IEnumerable<(string Name, string Path)> paths,
        CancellationToken cancellationToken)
    {
        var maker = new ThumbnailMaker(services.GetRequiredService<IOptions<ImagingOptions>>().Value);
        var uris = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, path) in paths)
        {
            var fetched = await source.FetchAsync(model, path, null, cancellationToken);
            using var image = fetched.Image;
            if (image is not null && maker.Make(image, Side).TryGet(out var jpeg, out _))
            {
                uris[name] = $"data:image/jpeg;base64,{Convert.ToBase64String(jpeg)}";
            }
        }

        return uris;
    }
}
