using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Models.Artifacts;

/// <summary>
/// Artifacts unpacked on local disk, one folder a digest, so that a model that was unloaded is loaded again without
/// a download. Folders appear whole, by rename, and never change; what was used longest ago goes when they take more
/// than their cap. Thread-safe, also between processes.
/// </summary>
public sealed class ArtifactFolder
{
    private const string ManifestName = "model.json";

    private readonly ArtifactOptions _options;
    private readonly Lazy<ArtifactCache> _kept;

    public ArtifactFolder(IOptions<ArtifactOptions> options, TimeProvider? time = null)
    {
        _options = options.Value;
        _kept = new Lazy<ArtifactCache>(() => new ArtifactCache(
            Directory.CreateDirectory(Path.Combine(_options.Folder, "artifacts")).FullName,
            _options.MaxFolderBytes, time ?? TimeProvider.System));
    }

    /// <summary>The files of an artifact that was unpacked before; null when they are not there any more.</summary>
    /// <param name="digest"><c>sha256:</c> and 64 hexadecimal digits.</param>
    public ModelFiles? Find(string digest) => _kept.Value.Find(digest);

    /// <summary>The same, by the place that it was downloaded from.</summary>
    /// <param name="source">Whatever names these bytes and no others: an address with an ETag.</param>
    public ModelFiles? FindVersion(string source) => _kept.Value.FindVersion(source);

    /// <summary>Lets <see cref="FindVersion"/> find these files.</summary>
    public void NoteVersion(string source, ModelFiles files) => _kept.Value.NoteVersion(source, files);

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
        var unpacked = _kept.Value.NewFolder();
        try
        {
            using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await using var counted = new HashingStream(artifact, sha256, _options.MaxBytes);
            if (await unpack(model, counted, unpacked, _options.MaxUnpackedBytes, cancellationToken) is { } refusal)
            {
                return refusal;
            }

            await counted.ReadToEndAsync(cancellationToken);
            return _kept.Value.Keep(unpacked, $"sha256:{Convert.ToHexStringLower(sha256.GetHashAndReset())}");
        }
        catch (ArtifactTooLargeException exception)
        {
            return new Refusal(ErrorCode.ArtifactTooLarge, $"The artifact of '{model}' {exception.Message}. Publish a "
                + "smaller one, or raise Mme:Artifacts:MaxBytes or Mme:Artifacts:MaxUnpackedBytes.");
        }
        finally
        {
            if (Directory.Exists(unpacked))
            {
                Directory.Delete(unpacked, recursive: true);
            }
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
