using Azure;
using Azure.Storage.Blobs.Models;
using ServerlessMme.Azure.Storage;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Azure.Models;

/// <summary>Publishes models to storage and takes them away again.</summary>
public sealed class ModelPublisher(StorageAccount account)
{
    private const string ManifestName = "model.json";
    private const string OnnxName = "model.onnx";

    /// <summary>
    /// Publishes a model folder under a name, replacing what is there, and creates the containers for its drops and
    /// labels. A folder without model.onnx is published as a remote model: its manifest alone.
    /// </summary>
    /// <returns>The new version: the artifact's ETag.</returns>
    public async Task<Outcome<string>> PushAsync(ModelName name, string folder, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, ManifestName);
        if (!File.Exists(path))
            return new Refusal(ErrorCode.InvalidArtifact, $"There is no {ManifestName} in '{folder}'.");
        var manifest = await File.ReadAllBytesAsync(path, cancellationToken);
        if (!ManifestReader.Read(name, manifest).TryGet(out var read, out var refusal))
            return refusal;
        var hasOnnx = File.Exists(Path.Combine(folder, OnnxName));
        if (!hasOnnx && read.Backend.Type == "onnx")
            return new Refusal(ErrorCode.InvalidArtifact, $"There is no {OnnxName} in '{folder}'.");
        await account.CreateAsync(cancellationToken);
        await account.ImagesOf(name).CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        await account.LabelsOf(name).CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        return hasOnnx
            ? await UploadArchiveAsync(name, folder, cancellationToken)
            : await UploadAsync(name + BlobModelCatalog.ManifestSuffix, new MemoryStream(manifest), cancellationToken);
    }

    /// <summary>Takes a model away; its images and labels stay. False when there was none.</summary>
    public async Task<bool> RemoveAsync(ModelName name, CancellationToken cancellationToken)
    {
        var removed = false;
        foreach (var suffix in (string[])[BlobModelCatalog.ArchiveSuffix, BlobModelCatalog.ManifestSuffix])
        {
            try
            {
                removed |= await account.Models.GetBlobClient(name + suffix)
                    .DeleteIfExistsAsync(cancellationToken: cancellationToken);
            }
            catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.ContainerNotFound)
            {
                // Nothing was ever published.
            }
        }

        return removed;
    }

    private async Task<string> UploadArchiveAsync(ModelName name, string folder, CancellationToken cancellationToken)
    {
        await using var packed = new FileStream(
            Path.GetTempFileName(), FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16,
            FileOptions.DeleteOnClose);
        await ArtifactPacker.PackAsync(folder, packed, cancellationToken);
        packed.Position = 0;
        return await UploadAsync(name + BlobModelCatalog.ArchiveSuffix, packed, cancellationToken);
    }

    private async Task<string> UploadAsync(string blob, Stream content, CancellationToken cancellationToken)
    {
        var uploaded = await account.Models.GetBlobClient(blob)
            .UploadAsync(content, overwrite: true, cancellationToken);
        return uploaded.Value.ETag.Unquoted();
    }
}
