using Azure.Storage.Blobs;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Storage.Labels;

/// <summary>The container of a model's labels, which may not exist yet.</summary>
internal sealed class LabelContainer(StorageAccount account, ModelName model)
{
    public BlobContainerClient Client { get; } = account.LabelsOf(model);

    /// <summary>
    /// Creates the container. A model that isn't published gets one only if it has drops, so a message with mistyped
    /// names leaves nothing behind.
    /// </summary>
    /// <exception cref="NoSuchModelException">The model has no container for drops.</exception>
    public async Task CreateAsync(bool isPublished, CancellationToken cancellationToken)
    {
        if (!isPublished && !await account.ImagesOf(model).ExistsAsync(cancellationToken))
        {
            throw new NoSuchModelException(model);
        }

        await Client.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
    }
}
