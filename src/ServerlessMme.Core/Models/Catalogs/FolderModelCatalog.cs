using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Models;

/// <summary>
/// Models in a local folder, one folder each with model.json and, unless the model is remote, model.onnx in it.
/// Thread-safe.
/// </summary>
public sealed class FolderModelCatalog(string root) : IModelCatalog
{
    private const string ManifestName = "model.json";
    private const string OnnxName = "model.onnx";

    private readonly ConcurrentDictionary<string, Hashed> _digests = new();

    public async IAsyncEnumerable<ModelDescriptor> ListAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var folder in Directory.EnumerateDirectories(root).Order(StringComparer.Ordinal))
        {
            if (ModelName.Parse(Path.GetFileName(folder)).TryGet(out var name, out _)
                && await FindAsync(name, cancellationToken) is { } descriptor)
                yield return descriptor;
        }
    }

    public async Task<ModelDescriptor?> FindAsync(ModelName name, CancellationToken cancellationToken)
    {
        var files = Files(name);
        if (files.Length == 0 || Path.GetFileName(files[0]) != ManifestName)
            return null;
        var digest = await DigestAsync(name, files, cancellationToken);
        return new ModelDescriptor(name, digest, files.Sum(file => new FileInfo(file).Length));
    }

    public Task<Outcome<ModelFiles>> FetchAsync(ModelDescriptor descriptor, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(root, descriptor.Name.Value);
        var onnx = Path.Combine(folder, OnnxName);
        return Task.FromResult<Outcome<ModelFiles>>(new ModelFiles(
            Path.Combine(folder, ManifestName), File.Exists(onnx) ? onnx : null, descriptor.Version));
    }

    private string[] Files(ModelName name) =>
        [.. new[] { ManifestName, OnnxName }.Select(file => Path.Combine(root, name.Value, file)).Where(File.Exists)];

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
