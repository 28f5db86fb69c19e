using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Models;

/// <summary>
/// Models in a local folder: one folder each with model.json and, unless the model is remote, model.onnx in it, or
/// their artifacts, <c>{model}.tar.gz</c> or <c>{model}.json</c>. A folder wins over an artifact of the same name.
/// Thread-safe.
/// </summary>
/// <param name="root">The folder.</param>
/// <param name="artifacts">Where artifacts are unpacked; null leaves them alone.</param>
public sealed class FolderModelCatalog(string root, ArtifactFolder? artifacts = null) : IModelCatalog
{
    private static readonly string[] ArtifactSuffixes = [".tar.gz", ".json"];

    private const string ManifestName = "model.json";
    private const string OnnxName = "model.onnx";

    private readonly ConcurrentDictionary<string, Hashed> _digests = new();

    public async IAsyncEnumerable<ModelDescriptor> ListAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var entries = Directory.EnumerateFileSystemEntries(root).Select(entry => Path.GetFileName(entry)!);
        foreach (var entry in entries.Select(WithoutSuffix).Distinct().Order(StringComparer.Ordinal))
        {
            if (ModelName.Parse(entry).TryGet(out var name, out _)
                && await FindAsync(name, cancellationToken) is { } descriptor)
                yield return descriptor;
        }
    }

    public async Task<ModelDescriptor?> FindAsync(ModelName name, CancellationToken cancellationToken)
    {
        var files = Files(name);
        if (files.Length == 0)
            return null;
        var digest = await DigestAsync(name, files, cancellationToken);
        return new ModelDescriptor(name, digest, files.Sum(file => new FileInfo(file).Length));
    }

    public async Task<Outcome<ModelFiles>> FetchAsync(ModelDescriptor descriptor, CancellationToken cancellationToken)
    {
        if (Files(descriptor.Name) is [var single] && Path.GetDirectoryName(single) == root)
            return await UnpackAsync(descriptor, single, cancellationToken);
        var folder = Path.Combine(root, descriptor.Name.Value);
        var onnx = Path.Combine(folder, OnnxName);
        return new ModelFiles(
            Path.Combine(folder, ManifestName), File.Exists(onnx) ? onnx : null, descriptor.Version);
    }

    private async Task<Outcome<ModelFiles>> UnpackAsync(
        ModelDescriptor descriptor, string artifact, CancellationToken cancellationToken)
    {
        if (artifacts!.Find(descriptor.Version) is { } kept)
            return kept;
        await using var file = File.OpenRead(artifact);
        var unpacked = artifact.EndsWith(ArtifactSuffixes[0], StringComparison.Ordinal)
            ? await artifacts.AddArchiveAsync(descriptor.Name, file, cancellationToken)
            : await artifacts.AddManifestAsync(descriptor.Name, file, cancellationToken);
        if (unpacked.TryGet(out var files, out _) && files.Digest != descriptor.Version)
            throw new ModelReplacedException(descriptor.Name, descriptor.Version);
        return unpacked;
    }

    /// <summary>The model folder's files, or its artifact; empty when there is no such model.</summary>
    private string[] Files(ModelName name)
    {
        string[] folder =
            [.. new[] { ManifestName, OnnxName }.Select(f => Path.Combine(root, name.Value, f)).Where(File.Exists)];
        if (folder.Length > 0 && Path.GetFileName(folder[0]) == ManifestName)
            return folder;
        return artifacts is null
            ? []
            : [.. ArtifactSuffixes.Select(s => Path.Combine(root, name.Value + s)).Where(File.Exists).Take(1)];
    }

    private string WithoutSuffix(string entry)
    {
        var suffix = artifacts is null
            ? null
            : Array.Find(ArtifactSuffixes, s => entry.EndsWith(s, StringComparison.Ordinal));
        return suffix is null ? entry : entry[..^suffix.Length];
    }

    /// <summary>SHA-256 of the files one after the other, computed again only when a file has changed.</summary>
    private async Task<string> DigestAsync(ModelName name, string[] files, CancellationToken cancellationToken)
    {
        var mark = string.Join('|', files.Select(f => $"{File.GetLastWriteTimeUtc(f).Ticks},{new FileInfo(f).Length}"));
        if (_digests.TryGetValue(name.Value, out var known) && known.Mark == mark)
            return known.Digest;
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
