using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models.Artifacts;

namespace ServerlessMme.Core.Models.Catalogs;

/// <summary>
/// Models in a local folder. A model is a subfolder with model.json and, unless it is remote, model.onnx, or an
/// artifact <c>{model}.tar.gz</c> or <c>{model}.json</c>. Aliases and groups are <c>{name}.json</c>. A subfolder
/// takes precedence over an artifact of the same name, and an archive over an alias or a group. Thread-safe.
/// </summary>
/// <param name="root">The folder.</param>
/// <param name="artifacts">The folder that artifacts are unpacked to; null to ignore artifacts.</param>
public sealed class FolderModelCatalog(string root, ArtifactFolder? artifacts = null) : IModelCatalog
{
    private static readonly string[] ArtifactSuffixes = [".tar.gz", ".json"];

    private const string ManifestName = "model.json";
    private const string OnnxName = "model.onnx";

    private readonly ConcurrentDictionary<string, Hashed> _digests = new();
    private readonly Dictionary<ModelName, string> _renamed = [];

    /// <summary>Publishes a model folder under a name other than its own.</summary>
    public static FolderModelCatalog Of(ModelName name, string folder) =>
        new(Path.GetDirectoryName(folder)!) { _renamed = { [name] = folder } };

    public async IAsyncEnumerable<ModelDescriptor> ListAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var names = new PublishedNames();
        await AddAsync(names, AllNames(), cancellationToken);
        foreach (var descriptor in names.ListAll())
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
        var name = descriptor.Target ?? descriptor.Name;
        if (await DefineAsync(name, cancellationToken) is { } definition)
        {
            var names = await NamesOfAsync(definition, cancellationToken);
            return (descriptor.Target is null ? names.Explain(new PublishedName(descriptor, definition)) : null)
                ?? throw new ModelReplacedException(descriptor.Name, descriptor.Version);
        }

        if (Files(name) is [var single] && Path.GetDirectoryName(single) == root)
        {
            return await UnpackAsync(name, descriptor.Version, single, cancellationToken);
        }

        var folder = FolderOf(name);
        var onnx = Path.Combine(folder, OnnxName);
        return new ModelFiles(
            Path.Combine(folder, ManifestName), File.Exists(onnx) ? onnx : null, descriptor.Version);
    }

    /// <summary>Returns the name's own files, or null if there are none.</summary>
    private async Task<PublishedName?> FindOneAsync(ModelName name, CancellationToken cancellationToken)
    {
        var definition = await DefineAsync(name, cancellationToken);
        var files = definition is null ? Files(name) : [DefinitionPath(name)];
        if (files.Length == 0)
        {
            return null;
        }

        var digest = await DigestAsync(name, files, cancellationToken);
        var bytes = definition is null ? files.Sum(file => new FileInfo(file).Length) : 0;
        return new PublishedName(new ModelDescriptor(name, digest, bytes), definition);
    }

    /// <summary>Returns the definition that makes the name an alias or a group, or null if it is neither.</summary>
    private async Task<NameDefinition?> DefineAsync(ModelName name, CancellationToken cancellationToken)
    {
        var path = DefinitionPath(name);
        if (!File.Exists(path) || Array.Exists(Files(name), file => file != path))
        {
            return null;
        }

        var bytes = new FileInfo(path).Length;
        if (bytes <= ModelGroup.MaxBytes)
        {
            return NameDefinition.Read(name, await File.ReadAllBytesAsync(path, cancellationToken));
        }

        await using var stream = File.OpenRead(path);
        var start = new byte[NameDefinition.StartBytes];
        await stream.ReadExactlyAsync(start, cancellationToken);
        return ModelGroup.StartsGroup(start) ? NameDefinition.TooLarge(name, bytes) : null;
    }

    /// <summary>Returns the names that a definition refers to.</summary>
    private async Task<PublishedNames> NamesOfAsync(NameDefinition definition, CancellationToken cancellationToken)
    {
        var names = new PublishedNames();
        if (definition.Alias is { } alias && alias.TryGet(out var target, out _))
        {
            await AddAsync(names, [target], cancellationToken);
        }
        else if (definition.Group is { } group && group.TryGet(out var defined, out _))
        {
            var prefix = defined.Prefix;
            await AddAsync(
                names,
                prefix is null
                    ? defined.Names
                    : AllNames().Where(name => name.Value.StartsWith(prefix, StringComparison.Ordinal)),
                cancellationToken);
        }

        return names;
    }

    /// <summary>Adds the names that have files, and the targets of aliases among them.</summary>
    private async Task AddAsync(
        PublishedNames names, IEnumerable<ModelName> added, CancellationToken cancellationToken)
    {
        foreach (var name in added)
        {
            if (names.Contains(name) || await FindOneAsync(name, cancellationToken) is not { } published)
            {
                continue;
            }

            names.Add(published);
            if (published.Definition?.Alias is { } alias && alias.TryGet(out var target, out _)
                && !names.Contains(target) && await FindOneAsync(target, cancellationToken) is { } aimed)
            {
                names.Add(aimed);
            }
        }
    }

    private IEnumerable<ModelName> AllNames()
    {
        var entries = Directory.EnumerateFileSystemEntries(root).Select(entry => Path.GetFileName(entry)!);
        foreach (var entry in entries.Select(WithoutSuffix).Distinct().Order(StringComparer.Ordinal))
        {
            if (ModelName.Parse(entry).TryGet(out var name, out _))
            {
                yield return name;
            }
        }
    }

    private string FolderOf(ModelName name) => _renamed.GetValueOrDefault(name, Path.Combine(root, name.Value));

    private string DefinitionPath(ModelName name) => Path.Combine(root, name.Value + ArtifactSuffixes[1]);

    private async Task<Outcome<ModelFiles>> UnpackAsync(
        ModelName name, string version, string artifact, CancellationToken cancellationToken)
    {
        if (artifacts!.Find(version) is { } kept)
        {
            return kept;
        }

        var unpacked = artifact.EndsWith(ArtifactSuffixes[0], StringComparison.Ordinal)
            ? await artifacts.AddArchiveAsync(name, OpenAsync, cancellationToken)
            : await artifacts.AddManifestAsync(name, OpenAsync, cancellationToken);
        if (unpacked.TryGet(out var files, out _) && files.Digest != version)
        {
            throw new ModelReplacedException(name, version);
        }

        return unpacked;

        Task<Stream> OpenAsync(CancellationToken _) => Task.FromResult<Stream>(File.OpenRead(artifact));
    }

    /// <summary>Returns the files in the model's folder, or its artifact; empty if there is no such model.</summary>
    private string[] Files(ModelName name)
    {
        string[] folder =
            [.. new[] { ManifestName, OnnxName }.Select(f => Path.Combine(FolderOf(name), f)).Where(File.Exists)];
        if (folder.Length > 0 && Path.GetFileName(folder[0]) == ManifestName)
        {
            return folder;
        }

        return artifacts is null
            ? []
            : [.. ArtifactSuffixes.Select(s => Path.Combine(root, name.Value + s)).Where(File.Exists).Take(1)];
    }

    private string WithoutSuffix(string entry)
    {
        // Without a folder to unpack to, {name}.json cannot be a model, but it may still be an alias.
        var suffixes = artifacts is null ? [ArtifactSuffixes[1]] : ArtifactSuffixes;
        var suffix = Array.Find(suffixes, s => entry.EndsWith(s, StringComparison.Ordinal));
        return suffix is null ? entry : entry[..^suffix.Length];
    }

    /// <summary>SHA-256 of the concatenated files, computed again only when a file's time or size changes.</summary>
    private async Task<string> DigestAsync(ModelName name, string[] files, CancellationToken cancellationToken)
    {
        var mark = string.Join('|', files.Select(f => $"{File.GetLastWriteTimeUtc(f).Ticks},{new FileInfo(f).Length}"));
        if (_digests.TryGetValue(name.Value, out var known) && known.Mark == mark)
        {
            return known.Digest;
        }

        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
        {
            await using var stream = File.OpenRead(file);
            await using var hashed = new HashingStream(stream, sha256, long.MaxValue);
            await hashed.ReadToEndAsync(cancellationToken);
        }

        var digest = $"sha256:{Convert.ToHexStringLower(sha256.GetHashAndReset())}";
        _digests[name.Value] = new Hashed(mark, digest);
        return digest;
    }

    private sealed record Hashed(string Mark, string Digest);
}
