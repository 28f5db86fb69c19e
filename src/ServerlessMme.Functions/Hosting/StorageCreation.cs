using Microsoft.Extensions.Logging;
using ServerlessMme.Functions.Triggers;
using ServerlessMme.Storage;

namespace ServerlessMme.Functions.Hosting;

/// <summary>
/// Creates the app's own containers and queues if they are missing, and the container that a trigger watches before its
/// model is published.
/// </summary>
internal sealed class StorageCreation(
    StorageAccount account, TriggerMetadata triggers, ILogger<StorageCreation> logger)
{
    /// <summary>Creates the containers and queues. Failures are logged, not thrown.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await account.CreateAsync(cancellationToken);
            if (triggers.Unpublished is { } model)
            {
                await account.ImagesOf(model).CreateIfNotExistsAsync(cancellationToken: cancellationToken);
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The app's identity may lack the right to create them. Either they exist, or their first use reports it.
            logger.LogWarning(exception, "The app's containers and queues could not be created");
        }
    }
}
