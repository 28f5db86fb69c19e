using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Models.Artifacts;

/// <summary>
/// Unpacked artifacts on local disk, one folder per digest. An evicted model is loaded again without a download.
/// Folders appear complete, by rename, and never change. When all folders exceed the cap, the least recently used are
/// removed. If the configured folder is not writable, a temporary folder takes its place until the process ends. Safe
/// for use by several threads and processes.
/// </summary>
public sealed class ArtifactFolder : IDisposable
{
    private const string ManifestName = "model.json";

    private readonly ArtifactOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lazy<ArtifactCache?> _configured;
    private readonly Lazy<(DirectoryInfo Folder, ArtifactCache Cache)> _temporary;
    private int _warned;

    public ArtifactFolder(
        IOptions<ArtifactOptions> options, TimeProvider? time = null, ILogger<ArtifactFolder>? logger = null)
    {
        _options = options.Value;
        _time = time ?? TimeProvider.System;
        _logger = logger ?? NullLogger<ArtifactFolder>.Instance;
        _configured = new(OpenConfigured);
        _temporary = new(() =>
        {
            var folder = Directory.CreateTempSubdirectory("serverless-mme-artifacts-");
            return (folder, Open(folder.FullName));
        });
    }

    private IEnumerable<ArtifactCache> Caches =>
        new[] { _configured.Value, _temporary.IsValueCreated ? _temporary.Value.Cache : null }.OfType<ArtifactCache>();

    /// <summary>Returns the files of an unpacked artifact, or null if they are not on disk.</summary>
    /// <param name="digest"><c>sha256:</c> and 64 hexadecimal digits.</param>
    public ModelFiles? Find(string digest) =>
        Caches.Select(cache => cache.Find(digest)).FirstOrDefault(files => files is not null);

    /// <summary>
    /// Returns the files of the artifact that was downloaded from a source, or null if they are not on disk.
    /// </summary>
    /// <param name="source">Identifies the artifact's bytes: an address with an ETag.</param>
    public ModelFiles? FindVersion(string source) =>
        Caches.Select(cache => cache.FindVersion(source)).FirstOrDefault(files => files is not null);

    /// <summary>Makes these files available to <see cref="FindVersion"/>.</summary>
    public void NoteVersion(string source, ModelFiles files)
    {
        foreach (var cache in Caches.Where(cache => cache.Find(files.Digest) is not null))
        {
            cache.NoteVersion(source, files);
        }
    }

    /// <summary>Unpacks <c>{model}.tar.gz</c> and computes its digest in the same pass.</summary>
    /// <param name="model">For error messages.</param>
    /// <param name="open">
    /// Opens the artifact, which is read once and never held in memory as a whole. It is called a second time if the
    /// configured folder is not writable.
    /// </param>
    public Task<Outcome<ModelFiles>> AddArchiveAsync(
        ModelName model, Func<CancellationToken, Task<Stream>> open, CancellationToken cancellationToken) =>
        AddAsync(model, open, ArtifactReader.UnpackAsync, cancellationToken);

    /// <summary>Stores <c>{model}.json</c>, the artifact of a remote model.</summary>
    /// <param name="open">See <see cref="AddArchiveAsync"/>.</param>
    public Task<Outcome<ModelFiles>> AddManifestAsync(
        ModelName model, Func<CancellationToken, Task<Stream>> open, CancellationToken cancellationToken) =>
        AddAsync(model, open, CopyManifestAsync, cancellationToken);

    /// <summary>Removes the temporary folder, if there is one.</summary>
    public void Dispose()
    {
        if (_temporary.IsValueCreated)
        {
            try
            {
                _temporary.Value.Folder.Delete(recursive: true);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // On Windows, a model that is still loaded keeps its files open; the system cleans its temporary folder
                // later.
            }
        }
    }

    private ArtifactCache? OpenConfigured()
    {
        try
        {
            return Open(_options.Folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Warn(exception);
            return null;
        }
    }

    private ArtifactCache Open(string folder) => new(
        Directory.CreateDirectory(Path.Combine(folder, "artifacts")).FullName, _options.MaxFolderBytes, _time);

    private async Task<Outcome<ModelFiles>> AddAsync(
        ModelName model,
        Func<CancellationToken, Task<Stream>> open,
        Unpack unpack,
        CancellationToken cancellationToken)
    {
        if (_configured.Value is { } configured)
        {
            try
            {
                return await AddAsync(configured, model, open, unpack, cancellationToken);
            }
            catch (CannotWriteException exception)
            {
                Warn(exception.InnerException!);
            }
        }

        try
        {
            return await AddAsync(_temporary.Value.Cache, model, open, unpack, cancellationToken);
        }
        catch (CannotWriteException exception)
        {
            throw new IOException(
                $"Neither '{_options.Folder}' nor '{_temporary.Value.Folder}' is writable "
                + $"({exception.InnerException!.Message.TrimEnd('.')}). Free disk space, or set "
                + "Mme:Artifacts:Folder to another folder.",
                exception.InnerException);
        }
    }

    private async Task<Outcome<ModelFiles>> AddAsync(
        ArtifactCache cache,
        ModelName model,
        Func<CancellationToken, Task<Stream>> open,
        Unpack unpack,
        CancellationToken cancellationToken)
    {
        await using var artifact = await open(cancellationToken);
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var counted = new HashingStream(artifact, sha256, _options.MaxBytes);
        string? unpacked = null;
        try
        {
            unpacked = cache.NewFolder();
            if (await unpack(model, counted, unpacked, _options.MaxUnpackedBytes, cancellationToken) is { } refusal)
            {
                return refusal;
            }

            await counted.ReadToEndAsync(cancellationToken);
            return cache.Keep(unpacked, $"sha256:{Convert.ToHexStringLower(sha256.GetHashAndReset())}");
        }
        catch (ArtifactTooLargeException exception)
        {
            return new Refusal(ErrorCode.ArtifactTooLarge, $"The artifact of '{model}' {exception.Message}. Publish a "
                + "smaller artifact, or raise Mme:Artifacts:MaxBytes or Mme:Artifacts:MaxUnpackedBytes.");
        }
        catch (Exception exception) when (
            exception is IOException or UnauthorizedAccessException && !counted.HasFailed)
        {
            throw new CannotWriteException(exception);
        }
        finally
        {
            if (Directory.Exists(unpacked))
            {
                Directory.Delete(unpacked, recursive: true);
            }
        }
    }

    private void Warn(Exception exception)
    {
        if (Interlocked.Exchange(ref _warned, 1) == 0)
        {
            _logger.LogWarning(
                "Artifacts cannot be stored in {Folder} ({Reason}). This process uses a temporary folder, so the next "
                + "process must unpack them again. Free disk space, or set Mme:Artifacts:Folder to another folder.",
                _options.Folder, exception.Message.TrimEnd('.'));
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

    /// <summary>Writing to the folder failed; the artifact is not the cause.</summary>
    private sealed class CannotWriteException(Exception cause) : Exception(cause.Message, cause);
}
