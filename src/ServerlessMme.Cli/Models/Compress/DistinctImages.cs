using System.Security.Cryptography;
using ServerlessMme.Cli.Classify;

namespace ServerlessMme.Cli.Models.Compress;

/// <summary>Leaves out copies of an image, because they prove no more than the image itself.</summary>
internal static class DistinctImages
{
    /// <summary>Returns the first image with each content, in the same order.</summary>
    /// <param name="files">The files of all images.</param>
    public static async Task<List<ComparedImage>> OfAsync(
        IReadOnlyList<ComparedImage> images, IReadOnlyList<LocalImage> files, CancellationToken cancellationToken)
    {
        var paths = files.ToDictionary(file => file.Name, file => file.Path, StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var distinct = new List<ComparedImage>();
        foreach (var image in images)
        {
            await using var content = File.OpenRead(paths[image.Name]);
            if (seen.Add(Convert.ToHexString(await SHA256.HashDataAsync(content, cancellationToken))))
            {
                distinct.Add(image);
            }
        }

        return distinct;
    }
}
