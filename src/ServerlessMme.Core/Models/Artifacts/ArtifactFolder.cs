using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Models;

/// <summary>
/// Artifacts unpacked on local disk, one folder a digest, so that a model that was unloaded is loaded again without
/// a download. Folders appear whole, by rename, and never change. Thread-safe, also between processes.
/// </summary>
public sealed class ArtifactFolder(IOptions<ArtifactOptions> options)
{
    private const string ManifestName = "model.json";
    private const string OnnxName = "model.onnx";

    private readonly ArtifactOptions _options = options.Value;

    /// <summary>Unpacks <c>{model}.tar.gz</c> and computes its digest while it streams by.</summary>
    /// <param name="model">Named in messages.</param>
    /// <param name="artifact">Read once, never held in memory whole.</param>
    public Task<Outcome<ModelFiles>> AddArchiveAsync(
        ModelName model, Stream artifact, CancellationToken cancellationToken) =>
        AddAsync(model, artifact, ArtifactReader.UnpackAsync, cancellationToken);

    /// <summary>Keeps <c>{model}.json</c>, the artifact of a remote model.</summary>
    public Task<Outcome<ModelFiles>> AddManifestAsync(
        ModelName model, Stream artifact, CancellationToken cancellationToken) =>
        AddAsync(model, artifact, CopyManifestAsync, cancellationToken);

    private async Task<Outcome<ModelFiles>> AddAsync(
        ModelName model, Stream artifact, Unpack unpack, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_options.Folder, "artifacts")).FullName;
        var unpacked = Directory.CreateDirectory(Path.Combine(folder, $"{Path.GetRandomFileName()}.tmp")).FullName;
        try
        {
            using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await using var counted = new HashingStream(artifact, sha256, _options.MaxBytes);
            if (await unpack(model, counted, unpacked, _options.MaxUnpackedBytes, cancellationToken) is { } refusal)
                return refusal;
            await counted.ReadToEndAsync(cancellationToken);
            var digest = Convert.ToHexStringLower(sha256.GetHashAndReset());
            var kept = Path.Combine(folder, digest);
            MoveInto(unpacked, kept);
            var onnx = Path.Combine(kept, OnnxName);
            return new ModelFiles(Path.Combine(kept, ManifestName), File.Exists(onnx) ? onnx : null, $"sha256:{digest}");
        }
        catch (ArtifactTooLargeException exception)
        {
            return new Refusal(ErrorCode.ArtifactTooLarge, $"The artifact of '{model}' {exception.Message}. Publish a "
                + "smaller one, or raise Mme:Artifacts:MaxBytes or Mme:Artifacts:MaxUnpackedBytes.");
        }
        finally
        {
            if (Directory.Exists(unpacked))
                Directory.Delete(unpacked, recursive: true);
        }
    }

    private static void MoveInto(string unpacked, string kept)
    {
        try
        {
            if (!Directory.Exists(kept))
                Directory.Move(unpacked, kept);
        }
        catch (IOException) when (Directory.Exists(kept))
        {
            // Somebody else unpacked the same bytes meanwhile.
        }
    }

    private static async Task<Refusal?> CopyManifestAsync(
        ModelName model, Stream artifact, string folder, long maxUnpackedBytes, CancellationToken cancellationToken)
    {
        await using var file = File.Create(Path.Combine(folder, ManifestName));
        await artifact.CopyToAsync(file, cancellationToken);
        return null;
    }

    private delegate Task<Refusal?> Unpack(
        ModelName model, Stream artifact, string folder, long maxUnpackedBytes, CancellationToken cancellationToken);
}
