using Azure;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Reconcile;

namespace ServerlessMme.Cli.Truth;

/// <summary>Finds images that the container lacks, from one listing.</summary>
internal static class MissingImages
{
    /// <summary>
    /// Returns the names that the model's container lacks, in the same order, or null if this identity may not list the
    /// container. An archive entry exists if its archive does.
    /// </summary>
    public static async Task<IReadOnlyList<string>?> FindAsync(
        IDropListing listing, ModelName model, IEnumerable<string> names, CancellationToken cancellationToken)
    {
        var wanted = names.ToList();
        var sought = wanted.Concat(wanted.Select(ArchiveName.OfEntry).OfType<string>())
            .ToHashSet(StringComparer.Ordinal);
        try
        {
            await foreach (var image in listing.ListImagesAsync(model, cancellationToken))
            {
                sought.Remove(image.Name);
            }
        }
        catch (RequestFailedException exception) when (exception.Status == 403)
        {
            return null;
        }

        return [.. wanted.Where(name => sought.Contains(name)
            && (ArchiveName.OfEntry(name) is not { } archive || sought.Contains(archive)))];
    }
}
