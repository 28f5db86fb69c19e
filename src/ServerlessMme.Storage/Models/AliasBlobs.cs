using System.Collections.Concurrent;
using Azure;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Storage.Models;

/// <summary>
/// Tells aliases from manifests, both of which are <c>models/{name}.json</c>. Reads each version once. Thread-safe.
/// </summary>
internal sealed class AliasBlobs(StorageAccount account)
{
    private readonly ConcurrentDictionary<ModelName, (string ETag, Outcome<ModelName>? Target)> _known = new();

    /// <summary>
    /// The alias's target, or the reason why the alias is invalid; null if the blob is a manifest or no longer exists.
    /// </summary>
    /// <param name="etag">The blob's current ETag.</param>
    /// <param name="bytes">The blob's current size.</param>
    public async Task<Outcome<ModelName>?> ReadAsync(
        ModelName name, string etag, long bytes, CancellationToken cancellationToken)
    {
        if (bytes > ModelAlias.MaxBytes)
        {
            return null;
        }

        if (_known.TryGetValue(name, out var known) && known.ETag == etag)
        {
            return known.Target;
        }

        try
        {
            var blob = account.Models.GetBlobClient(name + BlobModelCatalog.ManifestSuffix);
            var content = (await blob.DownloadContentAsync(cancellationToken)).Value;
            var target = ModelAlias.Read(name, content.Content.ToMemory());
            _known[name] = (content.Details.ETag.Unquoted(), target);
            return target;
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return null;
        }
    }
}
