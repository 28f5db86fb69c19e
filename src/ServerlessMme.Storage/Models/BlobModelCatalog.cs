using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs.Models;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Artifacts;

namespace ServerlessMme.Storage.Models;

/// <summary>The models and aliases that are published in the container <c>models</c>. Thread-safe.</summary>
public sealed class BlobModelCatalog(StorageAccount account, ArtifactFolder folder) : IModelCatalog
{
    /// <summary>Suffix of an artifact with an ONNX file.</summary>
    public const string ArchiveSuffix = ".tar.gz";

    /// <summary>Suffix of an alias, and of a remote model's artifact, which is its manifest alone.</summary>
    public const string ManifestSuffix = ".json";

    // An archive wins over a manifest or an alias of the same name, here and in the listing.
    private static readonly string[] Suffixes = [ArchiveSuffix, ManifestSuffix];

    private readonly AliasBlobs _aliases = new(account);

    public async IAsyncEnumerable<ModelDescriptor> ListAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var found = new SortedDictionary<string, Published>(StringComparer.Ordinal);
        await foreach (var blob in AllBlobsAsync(cancellationToken))
        {
            var suffix = Array.Find(Suffixes, s => blob.Name.EndsWith(s, StringComparison.Ordinal));
            if (suffix is null || !ModelName.Parse(blob.Name[..^suffix.Length]).TryGet(out var name, out _))
            {
                continue;
            }

            if (suffix == ArchiveSuffix || !found.ContainsKey(name.Value))
            {
                found[name.Value] = await WithAliasAsync(
                    new ModelDescriptor(
                        name, blob.Properties.ETag!.Value.Unquoted(), blob.Properties.ContentLength ?? 0),
                    suffix,
                    cancellationToken);
            }
        }

        foreach (var published in found.Values)
        {
            yield return published.Aim is { } aim && aim.TryGet(out var target, out _)
                ? Follow(published.Descriptor, found.GetValueOrDefault(target.Value))
                : published.Descriptor;
        }
    }

    public async Task<ModelDescriptor?> FindAsync(ModelName name, CancellationToken cancellationToken)
    {
        var published = await FindOneAsync(name, cancellationToken);
        return published?.Aim is { } aim && aim.TryGet(out var target, out _)
            ? Follow(published.Descriptor, await FindOneAsync(target, cancellationToken))
            : published?.Descriptor;
    }

    public async Task<Outcome<ModelFiles>> FetchAsync(ModelDescriptor descriptor, CancellationToken cancellationToken)
    {
        var name = descriptor.Target ?? descriptor.Name;
        foreach (var suffix in Suffixes)
        {
            if (folder.FindVersion(Source(name, suffix, descriptor.Version)) is { } kept)
            {
                return kept;
            }
        }

        foreach (var suffix in Suffixes)
        {
            try
            {
                var blob = account.Models.GetBlobClient(name + suffix);
                if (suffix == ManifestSuffix && await _aliases.ReadAsync(
                    name, descriptor.Version, descriptor.Bytes, cancellationToken) is { } aim)
                {
                    return await ExplainAsync(descriptor, aim, cancellationToken);
                }

                var added = suffix == ArchiveSuffix
                    ? await folder.AddArchiveAsync(name, OpenAsync, cancellationToken)
                    : await folder.AddManifestAsync(name, OpenAsync, cancellationToken);
                if (added.TryGet(out var files, out _))
                {
                    folder.NoteVersion(Source(name, suffix, descriptor.Version), files);
                }

                return added;

                async Task<Stream> OpenAsync(CancellationToken stopping)
                {
                    var options = new BlobDownloadOptions
                    {
                        Conditions = new BlobRequestConditions { IfMatch = ETags.Parse(descriptor.Version) },
                    };
                    return (await blob.DownloadStreamingAsync(options, stopping)).Value.Content;
                }
            }
            catch (RequestFailedException exception) when (exception.Status is 404 or 412)
            {
                // The version belongs to the blob with the other suffix, or was replaced.
            }
        }

        throw new ModelReplacedException(name, descriptor.Version);
    }

    /// <summary>
    /// Resolves an alias to its target's version. An alias without a usable target keeps its own version, and fetching
    /// that version explains the problem.
    /// </summary>
    private static ModelDescriptor Follow(ModelDescriptor alias, Published? target) =>
        target is { Aim: null, Descriptor: var model }
            ? alias with { Version = model.Version, Bytes = model.Bytes, Target = model.Name }
            : alias with { LacksTarget = target is null };

    private async Task<Refusal> ExplainAsync(
        ModelDescriptor alias, Outcome<ModelName> aim, CancellationToken cancellationToken)
    {
        if (!aim.TryGet(out var target, out var refusal))
        {
            return refusal;
        }

        return await FindOneAsync(target, cancellationToken) switch
        {
            null => ModelAlias.RefuseMissing(alias.Name, target),
            { Aim: not null } => ModelAlias.RefuseChain(alias.Name, target),
            // Someone has fixed the alias or its target by now.
            _ => throw new ModelReplacedException(alias.Name, alias.Version),
        };
    }

    private async Task<Published?> FindOneAsync(ModelName name, CancellationToken cancellationToken)
    {
        foreach (var suffix in Suffixes)
        {
            try
            {
                var blob = account.Models.GetBlobClient(name + suffix);
                var properties = (await blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
                return await WithAliasAsync(
                    new ModelDescriptor(name, properties.ETag.Unquoted(), properties.ContentLength),
                    suffix,
                    cancellationToken);
            }
            catch (RequestFailedException exception) when (exception.Status == 404)
            {
                // There is no blob with this suffix, or no container yet.
            }
        }

        return null;
    }

    private async Task<Published> WithAliasAsync(
        ModelDescriptor descriptor, string suffix, CancellationToken cancellationToken) =>
        new(descriptor, suffix == ManifestSuffix
            ? await _aliases.ReadAsync(descriptor.Name, descriptor.Version, descriptor.Bytes, cancellationToken)
            : null);

    /// <summary>Key of a local copy. It names account and blob because ETags are unique per blob only.</summary>
    private string Source(ModelName name, string suffix, string version) =>
        string.Join(' ', account.Models.Uri.GetLeftPart(UriPartial.Path), name + suffix, version);

    private async IAsyncEnumerable<BlobItem> AllBlobsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!await account.Models.ExistsAsync(cancellationToken))
        {
            yield break;
        }

        await foreach (var blob in account.Models.GetBlobsAsync(cancellationToken: cancellationToken))
        {
            yield return blob;
        }
    }

    /// <summary>A model or an alias.</summary>
    /// <param name="Aim">An alias's target, or the reason why the alias is invalid; null for a model.</param>
    private sealed record Published(ModelDescriptor Descriptor, Outcome<ModelName>? Aim);
}
