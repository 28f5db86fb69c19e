using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ServerlessMme.Azure.Storage;

namespace ServerlessMme.Functions.Hosting;

/// <summary>Creates the account's own containers and queues beside the start, where they are missing.</summary>
internal sealed class StorageSetup(StorageAccount account, ILogger<StorageSetup> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await account.CreateAsync(stoppingToken);
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            // The identity may not be allowed to create any: then they are there already, or the first use says so.
            logger.LogWarning(exception, "The containers and queues of the app could not be created");
        }
    }
}
