using System.Security.Cryptography;
using ServerlessMme.Cli.Classify;

namespace ServerlessMme.Cli.Models.Compress;

/// <summary>Copies of an image prove no more than one of them.</summary>
internal static class DistinctImages
{
    /// <summary>The first image of each content, in the same order.</summary>
    /// <param name="files">Where the images are, by name.</param>
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
