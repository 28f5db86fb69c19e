using Azure;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Storage.Labels;

/// <summary>Reads the blobs of label containers. Thread-safe.</summary>
public sealed class BlobLabelReader(StorageAccount account) : ILabelReader
{
    public async Task<Stream?> OpenAsync(ModelName model, string name, CancellationToken cancellationToken)
    {
        try
        {
            var blob = account.LabelsOf(model).GetBlobClient(name);
            return (await blob.DownloadStreamingAsync(cancellationToken: cancellationToken)).Value.Content;
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return null;
        }
    }
}
