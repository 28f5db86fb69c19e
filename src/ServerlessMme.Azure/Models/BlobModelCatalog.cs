using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs.Models;
using ServerlessMme.Azure.Storage;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Azure.Models;

/// <summary>Models as artifacts in the container <c>models</c>. Thread-safe.</summary>
public sealed class BlobModelCatalog(StorageAccount account, ArtifactFolder folder) : IModelCatalog
{
    /// <summary>What an artifact with an ONNX file is called after the model's name.</summary>
    public const string ArchiveSuffix = ".tar.gz";

    /// <summary>What a remote model's artifact is called after the model's name.</summary>
    public const string ManifestSuffix = ".json";

    // An archive wins over a manifest of the same name, here and in the listing.
    private static readonly string[] Suffixes = [ArchiveSuffix, ManifestSuffix];

    public async IAsyncEnumerable<ModelDescriptor> ListAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var found = new SortedDictionary<string, ModelDescriptor>(StringComparer.Ordinal);
        await foreach (var blob in AllBlobsAsync(cancellationToken))
        {
            var suffix = Array.Find(Suffixes, s => blob.Name.EndsWith(s, StringComparison.Ordinal));
            if (suffix is null || !ModelName.Parse(blob.Name[..^suffix.Length]).TryGet(out var name, out _))
                continue;
            if (suffix == ArchiveSuffix || !found.ContainsKey(name.Value))
            {
                found[name.Value] = new ModelDescriptor(
                    name, blob.Properties.ETag!.Value.Unquoted(), blob.Properties.ContentLength ?? 0);
            }
        }

        foreach (var descriptor in found.Values)
            yield return descriptor;
    }

    public async Task<ModelDescriptor?> FindAsync(ModelName name, CancellationToken cancellationToken)
    {
        foreach (var suffix in Suffixes)
        {
            try
            {
                var blob = account.Models.GetBlobClient(name + suffix);
                var properties = (await blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
                return new ModelDescriptor(name, properties.ETag.Unquoted(), properties.ContentLength);
            }
            catch (RequestFailedException exception) when (exception.Status == 404)
            {
                // Not under this suffix, or no container yet.
            }
        }

        return null;
    }

    public async Task<Outcome<ModelFiles>> FetchAsync(ModelDescriptor descriptor, CancellationToken cancellationToken)
    {
        foreach (var suffix in Suffixes)
            if (folder.FindVersion(Source(descriptor, suffix)) is { } kept)
                return kept;
        foreach (var suffix in Suffixes)
        {
            try
            {
                var blob = account.Models.GetBlobClient(descriptor.Name + suffix);
                var conditions = new BlobRequestConditions { IfMatch = ETags.Parse(descriptor.Version) };
                using var download = (await blob.DownloadStreamingAsync(
                    new BlobDownloadOptions { Conditions = conditions }, cancellationToken)).Value;
                var added = suffix == ArchiveSuffix
                    ? await folder.AddArchiveAsync(descriptor.Name, download.Content, cancellationToken)
                    : await folder.AddManifestAsync(descriptor.Name, download.Content, cancellationToken);
                if (added.TryGet(out var files, out _))
                    folder.NoteVersion(Source(descriptor, suffix), files);
                return added;
            }
            catch (RequestFailedException exception) when (exception.Status is 404 or 412)
            {
                // The version is the other artifact's, or replaced.
            }
        }

        throw new ModelReplacedException(descriptor.Name, descriptor.Version);
    }

    /// <summary>An ETag is a version of one blob of one account.</summary>
    private string Source(ModelDescriptor descriptor, string suffix) => string.Join(' ',
        account.Models.Uri.GetLeftPart(UriPartial.Path), descriptor.Name + suffix, descriptor.Version);

    private async IAsyncEnumerable<BlobItem> AllBlobsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!await account.Models.ExistsAsync(cancellationToken))
            yield break;
        await foreach (var blob in account.Models.GetBlobsAsync(cancellationToken: cancellationToken))
            yield return blob;
    }
}
