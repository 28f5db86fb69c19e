using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models.Artifacts;

namespace ServerlessMme.Core.Models.Catalogs;

/// <summary>
/// Models in a local folder. A model is a subfolder with model.json and, unless it is remote, model.onnx, or an
/// artifact <c>{model}.tar.gz</c> or <c>{model}.json</c>. Aliases are <c>{alias}.json</c>. A subfolder takes precedence
/// over an artifact of the same name, and an archive over an alias. Thread-safe.
/// </summary>
/// <param name="root">The folder.</param>
/// <param name="artifacts">Where artifacts are unpacked; null ignores artifacts.</param>
public sealed class FolderModelCatalog(string root, ArtifactFolder? artifacts = null) : IModelCatalog
{
    private static readonly string[] ArtifactSuffixes = [".tar.gz", ".json"];

    private const string ManifestName = "model.json";
    private const string OnnxName = "model.onnx";

    private readonly ConcurrentDictionary<string, Hashed> _digests = new();
    private readonly Dictionary<ModelName, string> _renamed = [];

    /// <summary>A model folder under another name than its own.</summary>
    public static FolderModelCatalog Of(ModelName name, string folder) =>
        new(Path.GetDirectoryName(folder)!) { _renamed = { [name] = folder } };

    public async IAsyncEnumerable<ModelDescriptor> ListAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var entries = Directory.EnumerateFileSystemEntries(root).Select(entry => Path.GetFileName(entry)!);
        foreach (var entry in entries.Select(WithoutSuffix).Distinct().Order(StringComparer.Ordinal))
        {
            if (ModelName.Parse(entry).TryGet(out var name, out _)
                && await FindAsync(name, cancellationToken) is { } descriptor)
            {
                yield return descriptor;
            }
        }
    }

    public async Task<ModelDescriptor?> FindAsync(ModelName name, CancellationToken cancellationToken)
    {
        if (await AimAsync(name, cancellationToken) is not { } aim)
        {
            return await FindOneAsync(name, cancellationToken);
        }

        var lacksTarget = false;
        if (aim.TryGet(out var target, out _) && await AimAsync(target, cancellationToken) is null)
        {
            if (await FindOneAsync(target, cancellationToken) is { } model)
            {
                return model with { Name = name, Target = target };
            }

            lacksTarget = true;
        }

        // An invalid alias has a version of its own, and fetching that version reports the problem.
        var alias = AliasPath(name);
        return new ModelDescriptor(name, await DigestAsync(name, [alias], cancellationToken), 0)
        {
            LacksTarget = lacksTarget,
        };
    }

    public async Task<Outcome<ModelFiles>> FetchAsync(ModelDescriptor descriptor, CancellationToken cancellationToken)
    {
        var name = descriptor.Target ?? descriptor.Name;
        if (await AimAsync(name, cancellationToken) is { } aim)
        {
            return await ExplainAsync(descriptor, aim, cancellationToken);
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

    private async Task<ModelDescriptor?> FindOneAsync(ModelName name, CancellationToken cancellationToken)
    {
        var files = Files(name);
        if (files.Length == 0)
        {
            return null;
        }

        var digest = await DigestAsync(name, files, cancellationToken);
        return new ModelDescriptor(name, digest, files.Sum(file => new FileInfo(file).Length));
    }

    /// <summary>The model that an alias names, or why it is invalid; null when the name is not an alias.</summary>
    private async Task<Outcome<ModelName>?> AimAsync(ModelName name, CancellationToken cancellationToken)
    {
        var path = AliasPath(name);
        return File.Exists(path) && new FileInfo(path).Length <= ModelAlias.MaxBytes
            && Files(name) is var files && (files.Length == 0 || (files is [var file] && file == path))
            ? ModelAlias.Read(name, await File.ReadAllBytesAsync(path, cancellationToken))
            : null;
    }

    private async Task<Refusal> ExplainAsync(
        ModelDescriptor alias, Outcome<ModelName> aim, CancellationToken cancellationToken)
    {
        if (!aim.TryGet(out var target, out var refusal))
        {
            return refusal;
        }

        if (await AimAsync(target, cancellationToken) is not null)
        {
            return ModelAlias.RefuseChain(alias.Name, target);
        }

        return Files(target).Length == 0
            ? ModelAlias.RefuseMissing(alias.Name, target)
            : throw new ModelReplacedException(alias.Name, alias.Version);
    }

    private string FolderOf(ModelName name) => _renamed.GetValueOrDefault(name, Path.Combine(root, name.Value));

    private string AliasPath(ModelName name) => Path.Combine(root, name.Value + ArtifactSuffixes[1]);

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

    /// <summary>The files in the model's folder, or its artifact; empty when there is no such model.</summary>
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
