using System.Collections.Concurrent;
using Azure;
using Azure.Storage.Blobs.Models;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Storage.Models;

/// <summary>
/// Distinguishes aliases and groups from manifests, which are all stored as <c>models/{name}.json</c>. Reads each
/// version once. Thread-safe.
/// </summary>
internal sealed class DefinitionBlobs(StorageAccount account)
{
    private readonly ConcurrentDictionary<ModelName, (string ETag, NameDefinition? Definition)> _known = new();

    /// <summary>
    /// Returns the definition of an alias or group, or null if the blob is a manifest or no longer exists.
    /// </summary>
    /// <param name="etag">The blob's current ETag.</param>
    /// <param name="bytes">The blob's current size.</param>
    public async Task<NameDefinition?> ReadAsync(
        ModelName name, string etag, long bytes, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(name, out var known) && known.ETag == etag)
        {
            return known.Definition;
        }

        try
        {
            var (found, definition) = bytes <= ModelAlias.MaxBytes || await StartsGroupAsync(name, cancellationToken)
                ? await DownloadAsync(name, bytes, cancellationToken)
                : (etag, null);
            _known[name] = (found, definition);
            return definition;
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return null;
        }
    }

    // A manifest may be large, and most blobs aren't groups.
    private async Task<bool> StartsGroupAsync(ModelName name, CancellationToken cancellationToken)
    {
        var options = new BlobDownloadOptions { Range = new HttpRange(0, NameDefinition.StartBytes) };
        var start = await BlobOf(name).DownloadContentAsync(options, cancellationToken);
        return ModelGroup.StartsGroup(start.Value.Content);
    }

    private async Task<(string ETag, NameDefinition? Definition)> DownloadAsync(
        ModelName name, long bytes, CancellationToken cancellationToken)
    {
        if (bytes > ModelGroup.MaxBytes)
        {
            var properties = await BlobOf(name).GetPropertiesAsync(cancellationToken: cancellationToken);
            return (properties.Value.ETag.Unquoted(), NameDefinition.TooLarge(name, bytes));
        }

        var content = (await BlobOf(name).DownloadContentAsync(cancellationToken)).Value;
        return (content.Details.ETag.Unquoted(), NameDefinition.Read(name, content.Content.ToMemory()));
    }

    private Azure.Storage.Blobs.BlobClient BlobOf(ModelName name) =>
        account.Models.GetBlobClient(name + BlobModelCatalog.ManifestSuffix);
}
