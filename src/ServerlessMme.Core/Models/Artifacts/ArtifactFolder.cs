using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Models.Artifacts;

/// <summary>
/// Unpacked artifacts on local disk, one folder per digest. An evicted model is loaded again without a download.
/// Folders appear complete, by rename, and never change. When all folders exceed the cap, the least recently used are
/// removed. Safe for use by several threads and processes.
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

    /// <summary>The files of an artifact that was unpacked before; null when they are not on disk.</summary>
    /// <param name="digest"><c>sha256:</c> and 64 hexadecimal digits.</param>
    public ModelFiles? Find(string digest) => _kept.Value.Find(digest);

    /// <summary>The same, by the source that the artifact was downloaded from.</summary>
    /// <param name="source">Identifies the artifact's bytes: an address with an ETag.</param>
    public ModelFiles? FindVersion(string source) => _kept.Value.FindVersion(source);

    /// <summary>Lets <see cref="FindVersion"/> find these files.</summary>
    public void NoteVersion(string source, ModelFiles files) => _kept.Value.NoteVersion(source, files);

    /// <summary>Unpacks <c>{model}.tar.gz</c> and computes its digest in the same pass.</summary>
    /// <param name="model">For error messages.</param>
    /// <param name="artifact">Read once, and never held in memory as a whole.</param>
    public Task<Outcome<ModelFiles>> AddArchiveAsync(
        ModelName model, Stream artifact, CancellationToken cancellationToken) =>
        AddAsync(model, artifact, ArtifactReader.UnpackAsync, cancellationToken);

    /// <summary>Stores <c>{model}.json</c>, the artifact of a remote model.</summary>
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
