using System.Security.Cryptography;
using Azure;
using Azure.Storage.Blobs.Models;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Artifacts;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Storage.Models;

/// <summary>Publishes models, aliases and groups to storage, and removes them. Thread-safe.</summary>
public sealed class ModelPublisher(StorageAccount account)
{
    private const string ManifestName = "model.json";
    private const string OnnxName = "model.onnx";

    /// <summary>
    /// Publishes a model folder under a name, replacing the version published before, and creates the containers for
    /// drops and labels. For a remote model, whose folder has no model.onnx, it publishes only the manifest. Publishing
    /// the same bytes again changes nothing, so it makes no label stale.
    /// </summary>
    public async Task<Outcome<PublishedModel>> PushAsync(
        ModelName name, string folder, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, ManifestName);
        if (!File.Exists(path))
        {
            return new Refusal(ErrorCode.InvalidArtifact,
                $"'{folder}' has no {ManifestName}. Run 'mme models init' to turn an ONNX export into a model folder.");
        }

        var manifest = await File.ReadAllBytesAsync(path, cancellationToken);
        if (!ManifestReader.Read(name, manifest).TryGet(out var read, out var refusal))
        {
            return refusal;
        }

        var hasOnnx = File.Exists(Path.Combine(folder, OnnxName));
        if (!hasOnnx && read.Backend.Type == "onnx")
        {
            return new Refusal(ErrorCode.InvalidArtifact,
                $"'{folder}' has no {OnnxName}, which the backend 'onnx' needs. Export the model to this file.");
        }

        if (await DefinitionAsync(name, cancellationToken) is { } definition)
        {
            return RefuseName(definition, name);
        }

        await account.CreateAsync(cancellationToken);
        await account.ImagesOf(name).CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        await account.LabelsOf(name).CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        var published = hasOnnx
            ? await UploadArchiveAsync(name, folder, cancellationToken)
            : await PublishAsync(
                name + BlobModelCatalog.ManifestSuffix, new MemoryStream(manifest), cancellationToken);
        // An archive takes precedence over a manifest, so the previously published blob of the other kind must not
        // stay.
        var replaced = await DeleteAsync(
            name + (hasOnnx ? BlobModelCatalog.ManifestSuffix : BlobModelCatalog.ArchiveSuffix), cancellationToken);
        return published with { IsUnchanged = published.IsUnchanged && !replaced };
    }

    /// <summary>Returns true if the model published under the name equals the folder's, byte for byte.</summary>
    public async Task<bool> IsPublishedAsync(ModelName name, string folder, CancellationToken cancellationToken)
    {
        if (!File.Exists(Path.Combine(folder, OnnxName)))
        {
            await using var manifest = File.OpenRead(Path.Combine(folder, ManifestName));
            return await FindSameAsync(name + BlobModelCatalog.ManifestSuffix, manifest, cancellationToken) is not null;
        }

        await using var packed = await PackAsync(folder, cancellationToken);
        return await FindSameAsync(name + BlobModelCatalog.ArchiveSuffix, packed, cancellationToken) is not null;
    }

    /// <summary>
    /// Points an alias at a published model, replacing its previous target with one write. Creates the containers for
    /// the alias's drops and labels.
    /// </summary>
    /// <returns>The target's version.</returns>
    public async Task<Outcome<string>> AliasAsync(
        ModelName alias, ModelName target, CancellationToken cancellationToken)
    {
        if (alias == target)
        {
            return new Refusal(ErrorCode.InvalidAlias,
                $"Alias '{alias}' cannot point at itself. Choose a published model as its target.");
        }

        if (await IsModelAsync(alias, cancellationToken))
        {
            return RefuseTaken(ErrorCode.InvalidAlias, alias, "a published model");
        }

        if (await DefinitionAsync(alias, cancellationToken) is { Group: not null } group)
        {
            return RefuseName(group, alias);
        }

        if (await DefinitionAsync(target, cancellationToken) is { } other
            && await FindAsync(target + BlobModelCatalog.ArchiveSuffix, cancellationToken) is null)
        {
            return other.Group is null
                ? ModelAlias.RefuseChain(alias, target)
                : ModelAlias.RefuseGroup(alias, target);
        }

        if ((await FindAsync(target + BlobModelCatalog.ArchiveSuffix, cancellationToken)
            ?? await FindAsync(target + BlobModelCatalog.ManifestSuffix, cancellationToken)) is not { } version)
        {
            return ModelAlias.RefuseMissing(alias, target);
        }

        await account.CreateAsync(cancellationToken);
        await account.ImagesOf(alias).CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        await account.LabelsOf(alias).CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        await UploadAsync(
            alias + BlobModelCatalog.ManifestSuffix, new MemoryStream(ModelAlias.Write(target)), cancellationToken);
        return version;
    }

    /// <summary>
    /// Publishes a group, replacing the previously published one with one write. Its members needn't be published yet.
    /// Creates the containers for the group's drops and labels.
    /// </summary>
    /// <param name="catalog">Used to find members that are groups themselves, with one listing.</param>
    public async Task<Outcome<ModelDescriptor>> GroupAsync(
        ModelName name, ModelGroup group, IModelCatalog catalog, CancellationToken cancellationToken)
    {
        if (await IsModelAsync(name, cancellationToken))
        {
            return RefuseTaken(ErrorCode.InvalidGroup, name, "a published model");
        }

        if (await DefinitionAsync(name, cancellationToken) is { Alias: not null } alias)
        {
            return RefuseName(alias, name);
        }

        var members = group.Names.ToHashSet();
        await foreach (var published in catalog.ListAsync(cancellationToken))
        {
            if (published.Members is not null && members.Contains(published.Name))
            {
                return ModelGroup.RefuseNested(name, published.Name);
            }
        }

        await account.CreateAsync(cancellationToken);
        await account.ImagesOf(name).CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        await account.LabelsOf(name).CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        var version = await UploadAsync(
            name + BlobModelCatalog.ManifestSuffix, new MemoryStream(group.Write()), cancellationToken);
        return await catalog.FindAsync(name, cancellationToken) is { } found
            ? found
            : throw new ModelReplacedException(name, version);
    }

    /// <summary>
    /// Removes a model, alias or group, but keeps its images and labels. Returns false if nothing was published.
    /// </summary>
    public async Task<bool> RemoveAsync(ModelName name, CancellationToken cancellationToken)
    {
        var removed = false;
        foreach (var suffix in (string[])[BlobModelCatalog.ArchiveSuffix, BlobModelCatalog.ManifestSuffix])
        {
            removed |= await DeleteAsync(name + suffix, cancellationToken);
        }

        return removed;
    }

    private async Task<bool> DeleteAsync(string blob, CancellationToken cancellationToken)
    {
        try
        {
            return await account.Models.GetBlobClient(blob).DeleteIfExistsAsync(cancellationToken: cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            // Nothing has been published yet.
            return false;
        }
    }

    /// <summary>Returns true if a model is published under the name, as an archive or a manifest.</summary>
    private async Task<bool> IsModelAsync(ModelName name, CancellationToken cancellationToken) =>
        await FindAsync(name + BlobModelCatalog.ArchiveSuffix, cancellationToken) is not null
        || (await FindAsync(name + BlobModelCatalog.ManifestSuffix, cancellationToken) is not null
            && await DefinitionAsync(name, cancellationToken) is null);

    /// <summary>Returns the definition of an alias or group, or null if the name is neither.</summary>
    private async Task<NameDefinition?> DefinitionAsync(ModelName name, CancellationToken cancellationToken)
    {
        try
        {
            var blob = account.Models.GetBlobClient(name + BlobModelCatalog.ManifestSuffix);
            var content = await blob.DownloadContentAsync(cancellationToken);
            return NameDefinition.Read(name, content.Value.Content.ToMemory());
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return null;
        }
    }

    private async Task<string?> FindAsync(string blob, CancellationToken cancellationToken)
    {
        try
        {
            var properties = await account.Models.GetBlobClient(blob)
                .GetPropertiesAsync(cancellationToken: cancellationToken);
            return properties.Value.ETag.Unquoted();
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return null;
        }
    }

    private static Refusal RefuseName(NameDefinition definition, ModelName name) => definition.Group is null
        ? RefuseTaken(ErrorCode.InvalidAlias, name, "an alias")
        : RefuseTaken(ErrorCode.ModelIsGroup, name, "a group");

    private static Refusal RefuseTaken(ErrorCode code, ModelName name, string owner) => new(
        code, $"'{name}' is already the name of {owner}. Remove it with 'mme models remove {name}', or choose another "
        + "name.");

    private async Task<PublishedModel> UploadArchiveAsync(
        ModelName name, string folder, CancellationToken cancellationToken)
    {
        await using var packed = await PackAsync(folder, cancellationToken);
        return await PublishAsync(name + BlobModelCatalog.ArchiveSuffix, packed, cancellationToken);
    }

    /// <summary>Packs the artifact into a file that is deleted when the stream is closed.</summary>
    private static async Task<FileStream> PackAsync(string folder, CancellationToken cancellationToken)
    {
        var packed = new FileStream(
            Path.GetTempFileName(), FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16,
            FileOptions.DeleteOnClose);
        try
        {
            await ArtifactPacker.PackAsync(folder, packed, cancellationToken);
            packed.Position = 0;
            return packed;
        }
        catch
        {
            await packed.DisposeAsync();
            throw;
        }
    }

    private async Task<PublishedModel> PublishAsync(string blob, Stream content, CancellationToken cancellationToken)
    {
        if (await FindSameAsync(blob, content, cancellationToken) is { } version)
        {
            return new PublishedModel(version, IsUnchanged: true);
        }

        content.Position = 0;
        return new PublishedModel(await UploadAsync(blob, content, cancellationToken), IsUnchanged: false);
    }

    /// <summary>
    /// Returns the blob's version if it already has these bytes. Returns null if it has other bytes or doesn't exist.
    /// </summary>
    private async Task<string?> FindSameAsync(string blob, Stream content, CancellationToken cancellationToken)
    {
        var client = account.Models.GetBlobClient(blob);
        try
        {
            var properties = (await client.GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
            if (properties.ContentLength != content.Length)
            {
                return null;
            }

            // The blob is read and hashed, because any client may have written it and its metadata.
            var options = new BlobDownloadOptions
            {
                Conditions = new BlobRequestConditions { IfMatch = properties.ETag },
            };
            using var download = (await client.DownloadStreamingAsync(options, cancellationToken)).Value;
            var stored = await SHA256.HashDataAsync(download.Content, cancellationToken);
            var digest = await SHA256.HashDataAsync(content, cancellationToken);
            return stored.AsSpan().SequenceEqual(digest) ? properties.ETag.Unquoted() : null;
        }
        catch (RequestFailedException exception) when (exception.Status is 404 or 412)
        {
            return null;
        }
    }

    private async Task<string> UploadAsync(string blob, Stream content, CancellationToken cancellationToken)
    {
        var uploaded = await account.Models.GetBlobClient(blob)
            .UploadAsync(content, overwrite: true, cancellationToken);
        return uploaded.Value.ETag.Unquoted();
    }
}

/// <summary>The result of publishing a model.</summary>
/// <param name="Version">The artifact's ETag, unquoted.</param>
/// <param name="IsUnchanged">True if the same bytes were already published.</param>
public sealed record PublishedModel(string Version, bool IsUnchanged);
