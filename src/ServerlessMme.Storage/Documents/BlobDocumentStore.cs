using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs.Models;
using ServerlessMme.Core.Documents;

namespace ServerlessMme.Storage.Documents;

/// <summary>Documents as blobs in the container <c>jobs</c>. Thread-safe.</summary>
public sealed class BlobDocumentStore(StorageAccount account) : IDocumentStore
{
    private static readonly BlobHttpHeaders Headers = new() { ContentType = "application/json" };

    public async Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken)
    {
        try
        {
            var properties = await account.Jobs.GetPropertiesAsync(cancellationToken: cancellationToken);
            return properties.GetRawResponse().Headers.Date!.Value;
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            var created = await account.Jobs.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
            return created?.GetRawResponse().Headers.Date ?? await NowAsync(cancellationToken);
        }
    }

    public async Task<StoredDocument?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await account.Jobs.GetBlobClient(name).DownloadContentAsync(cancellationToken);
            var details = answer.Value.Details;
            var age = (answer.GetRawResponse().Headers.Date ?? details.LastModified) - details.LastModified;
            return new StoredDocument(answer.Value.Content.ToMemory(), details.ETag.Unquoted(), age);
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return null;
        }
    }

    public async Task<string?> FindVersionAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            var properties = await account.Jobs.GetBlobClient(name)
                .GetPropertiesAsync(cancellationToken: cancellationToken);
            return properties.Value.ETag.Unquoted();
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return null;
        }
    }

    public async Task<string?> WriteAsync(
        string name, NewDocument document, WriteCondition condition, CancellationToken cancellationToken)
    {
        var options = new BlobUploadOptions
        {
            HttpHeaders = Headers,
            Metadata = document.Metadata?.ToDictionary(),
            Conditions = new BlobRequestConditions
            {
                IfNoneMatch = condition.IsAbsent ? ETag.All : null,
                IfMatch = condition.Version is { } version ? ETags.Parse(version) : null,
            },
        };
        try
        {
            var written = await account.Jobs.GetBlobClient(name).UploadAsync(
                BinaryData.FromBytes(document.Json), options, cancellationToken);
            return written.Value.ETag.Unquoted();
        }
        catch (RequestFailedException exception) when (condition != WriteCondition.None
            && (exception.ErrorCode == BlobErrorCode.ConditionNotMet
                || exception.ErrorCode == BlobErrorCode.BlobAlreadyExists))
        {
            return null;
        }
    }

    public async Task RemoveAsync(string name, string? version, CancellationToken cancellationToken)
    {
        var conditions = new BlobRequestConditions { IfMatch = version is null ? null : ETags.Parse(version) };
        try
        {
            await account.Jobs.GetBlobClient(name).DeleteIfExistsAsync(
                conditions: conditions, cancellationToken: cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status == 412)
        {
            // Another process stored a newer version, which must stay.
        }
    }

    public async IAsyncEnumerable<ListedDocument> ListAsync(
        string folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Listing by hierarchy keeps a job's shards out of the list of job records.
        var items = account.Jobs.GetBlobsByHierarchyAsync(
            BlobTraits.Metadata, BlobStates.None, "/", folder, cancellationToken);
        await foreach (var item in items.UnlessContainerIsMissing(cancellationToken))
        {
            if (item.IsBlob)
            {
                yield return new ListedDocument(
                    item.Blob.Name, item.Blob.Metadata.AsReadOnly(), item.Blob.Properties.LastModified ?? default);
            }
        }
    }
}
