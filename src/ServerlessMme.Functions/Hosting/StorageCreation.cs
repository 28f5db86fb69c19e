using Microsoft.Extensions.Logging;
using ServerlessMme.Storage;

namespace ServerlessMme.Functions.Hosting;

/// <summary>Creates the app's own containers and queues where they are missing.</summary>
internal sealed class StorageCreation(StorageAccount account, ILogger<StorageCreation> logger)
{
    /// <summary>Creates them. Failures are logged, not thrown.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await account.CreateAsync(cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The app's identity may not be allowed to create any. They exist already, or their first use says so.
            logger.LogWarning(exception, "The app's containers and queues could not be created");
        }
    }
}
