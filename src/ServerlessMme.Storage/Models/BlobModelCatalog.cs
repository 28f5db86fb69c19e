using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs.Models;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Artifacts;
using ServerlessMme.Core.Models.Catalogs;

namespace ServerlessMme.Storage.Models;

/// <summary>The models, aliases and groups that are published in the container <c>models</c>. Thread-safe.</summary>
public sealed class BlobModelCatalog(StorageAccount account, ArtifactFolder folder) : IModelCatalog
{
    /// <summary>Suffix of an artifact with an ONNX file.</summary>
    public const string ArchiveSuffix = ".tar.gz";

    /// <summary>
    /// Suffix of an alias or group, and of a remote model's artifact, which consists only of its manifest.
    /// </summary>
    public const string ManifestSuffix = ".json";

    // An archive takes precedence over a manifest, alias or group of the same name, here and in the listing.
    private static readonly string[] Suffixes = [ArchiveSuffix, ManifestSuffix];

    // Up to this number of names, looking up each name costs less than listing the container.
    private const int FewNames = 8;

    private readonly DefinitionBlobs _definitions = new(account);

    public async IAsyncEnumerable<ModelDescriptor> ListAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var descriptor in (await ListNamesAsync(cancellationToken)).ListAll())
        {
            yield return descriptor;
        }
    }

    public async Task<ModelDescriptor?> FindAsync(ModelName name, CancellationToken cancellationToken)
    {
        if (await FindOneAsync(name, cancellationToken) is not { } published)
        {
            return null;
        }

        return published.Definition is null
            ? published.Descriptor
            : (await NamesOfAsync(published.Definition, cancellationToken)).Resolve(published);
    }

    public async Task<Outcome<ModelFiles>> FetchAsync(ModelDescriptor descriptor, CancellationToken cancellationToken)
    {
        if (descriptor.Members is not null)
        {
            return ModelGroup.RefuseOne(descriptor.Name);
        }

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
                if (suffix == ManifestSuffix && await _definitions.ReadAsync(
                    name, descriptor.Version, descriptor.Bytes, cancellationToken) is { } definition)
                {
                    return await ExplainAsync(descriptor, definition, cancellationToken);
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

    private async Task<Refusal> ExplainAsync(
        ModelDescriptor descriptor, NameDefinition definition, CancellationToken cancellationToken)
    {
        var names = await NamesOfAsync(definition, cancellationToken);
        // If there is no reason, or an alias's target has no files, the name was changed in the meantime.
        return (descriptor.Target is null ? names.Explain(new PublishedName(descriptor, definition)) : null)
            ?? throw new ModelReplacedException(descriptor.Name, descriptor.Version);
    }

    /// <summary>Returns the names that a definition refers to.</summary>
    private async Task<PublishedNames> NamesOfAsync(NameDefinition definition, CancellationToken cancellationToken)
    {
        var names = new PublishedNames();
        if (definition.Alias is { } alias && alias.TryGet(out var target, out _))
        {
            await AddAsync(names, target, cancellationToken);
        }
        else if (definition.Group is { } group && group.TryGet(out var defined, out _))
        {
            if (defined.Names.Count is 0 or > FewNames)
            {
                return await ListNamesAsync(cancellationToken);
            }

            foreach (var name in defined.Names)
            {
                var published = await AddAsync(names, name, cancellationToken);
                if (published?.Definition?.Alias is { } aim && aim.TryGet(out target, out _))
                {
                    await AddAsync(names, target, cancellationToken);
                }
            }
        }

        return names;
    }

    private async Task<PublishedName?> AddAsync(
        PublishedNames names, ModelName name, CancellationToken cancellationToken)
    {
        var published = names.Contains(name) ? null : await FindOneAsync(name, cancellationToken);
        if (published is not null)
        {
            names.Add(published);
        }

        return published;
    }

    private async Task<PublishedNames> ListNamesAsync(CancellationToken cancellationToken)
    {
        var names = new PublishedNames();
        await foreach (var blob in AllBlobsAsync(cancellationToken))
        {
            var suffix = Array.Find(Suffixes, s => blob.Name.EndsWith(s, StringComparison.Ordinal));
            if (suffix is not null && ModelName.Parse(blob.Name[..^suffix.Length]).TryGet(out var name, out _)
                && (suffix == ArchiveSuffix || !names.Contains(name)))
            {
                names.Add(await WithDefinitionAsync(
                    new ModelDescriptor(
                        name, blob.Properties.ETag!.Value.Unquoted(), blob.Properties.ContentLength ?? 0),
                    suffix,
                    cancellationToken));
            }
        }

        return names;
    }

    private async Task<PublishedName?> FindOneAsync(ModelName name, CancellationToken cancellationToken)
    {
        foreach (var suffix in Suffixes)
        {
            try
            {
                var blob = account.Models.GetBlobClient(name + suffix);
                var properties = (await blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
                return await WithDefinitionAsync(
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

    private async Task<PublishedName> WithDefinitionAsync(
        ModelDescriptor descriptor, string suffix, CancellationToken cancellationToken) =>
        new(descriptor, suffix == ManifestSuffix
            ? await _definitions.ReadAsync(descriptor.Name, descriptor.Version, descriptor.Bytes, cancellationToken)
            : null);

    /// <summary>
    /// Returns the key of a local copy. It contains the account and blob, because ETags are unique only per blob.
    /// </summary>
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
}
