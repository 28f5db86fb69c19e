using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Storage;

/// <summary>The account's containers and queues under the names of the storage contract. Thread-safe.</summary>
public sealed class StorageAccount
{
    /// <summary>Container for artifacts.</summary>
    public const string ModelsContainer = "models";

    /// <summary>Container for job records and for the reasons why messages went to the poison queue.</summary>
    public const string JobsContainer = "jobs";

    /// <summary>Queue of messages that request labels.</summary>
    public const string ClassifyQueue = "classify";

    /// <summary>Poison queue: messages that failed too often.</summary>
    public const string PoisonQueue = "classify-poison";

    /// <summary>
    /// Timeout per attempt of a request to a queue. With the SDK's 100 s, a worker would be silent for ten minutes if
    /// storage accepts connections but doesn't respond. Messages are small, unlike blobs.
    /// </summary>
    private static readonly TimeSpan QueueTimeout = TimeSpan.FromSeconds(10);

    /// <param name="observer">Sees every request to storage, including retries; null for none.</param>
    /// <param name="firstAnswer">Limits the wait for the first response; null to wait as long as the SDK does.</param>
    public StorageAccount(
        IOptions<StorageOptions> options, HttpPipelinePolicy? observer = null, FirstAnswer? firstAnswer = null)
    {
        var storage = options.Value;
        var blobOptions = new BlobClientOptions();
        // The SDK must not decode messages, because senders use both plain text and base64. Our parser reads both.
        var queueOptions = new QueueClientOptions { MessageEncoding = QueueMessageEncoding.None };
        queueOptions.Retry.NetworkTimeout = QueueTimeout;
        if (observer is not null)
        {
            blobOptions.AddPolicy(observer, HttpPipelinePosition.PerRetry);
            queueOptions.AddPolicy(observer, HttpPipelinePosition.PerRetry);
        }

        firstAnswer?.Limit(blobOptions);
        firstAnswer?.Limit(queueOptions);
        if (!string.IsNullOrWhiteSpace(storage.ConnectionString))
        {
            Blobs = new BlobServiceClient(storage.ConnectionString, blobOptions);
            Queues = new QueueServiceClient(storage.ConnectionString, queueOptions);
        }
        else
        {
            var credential = new DefaultAzureCredential();
            Blobs = new BlobServiceClient(storage.BlobServiceUri, credential, blobOptions);
            Queues = new QueueServiceClient(storage.QueueServiceUri, credential, queueOptions);
        }
    }

    public BlobServiceClient Blobs { get; }

    public QueueServiceClient Queues { get; }

    public BlobContainerClient Models => Blobs.GetBlobContainerClient(ModelsContainer);

    public BlobContainerClient Jobs => Blobs.GetBlobContainerClient(JobsContainer);

    public QueueClient Classify => Queues.GetQueueClient(ClassifyQueue);

    public QueueClient Poison => Queues.GetQueueClient(PoisonQueue);

    public BlobContainerClient ImagesOf(ModelName model) => Blobs.GetBlobContainerClient(model.ImagesContainer);

    public BlobContainerClient LabelsOf(ModelName model) => Blobs.GetBlobContainerClient(model.LabelsContainer);

    public BlobContainerClient TruthOf(ModelName model) => Blobs.GetBlobContainerClient(model.TruthContainer);

    /// <summary>
    /// Creates the containers and queues that every account needs, if they are missing. If the identity may not create
    /// them, they must already exist.
    /// </summary>
    public async Task CreateAsync(CancellationToken cancellationToken)
    {
        await EnsureAsync(
            () => Models.CreateIfNotExistsAsync(cancellationToken: cancellationToken),
            async () => await Models.ExistsAsync(cancellationToken));
        await EnsureAsync(
            () => Jobs.CreateIfNotExistsAsync(cancellationToken: cancellationToken),
            async () => await Jobs.ExistsAsync(cancellationToken));
        await EnsureAsync(
            () => Classify.CreateIfNotExistsAsync(cancellationToken: cancellationToken),
            async () => await Classify.ExistsAsync(cancellationToken));
        await EnsureAsync(
            () => Poison.CreateIfNotExistsAsync(cancellationToken: cancellationToken),
            async () => await Poison.ExistsAsync(cancellationToken));
    }

    private static async Task EnsureAsync(Func<Task> create, Func<Task<bool>> exists)
    {
        try
        {
            await create();
        }
        catch (RequestFailedException exception) when (exception.Status == 403)
        {
            // The least-privilege roles in infra/ let the app read models but not create their container.
            if (!await exists())
            {
                throw;
            }
        }
    }
}
