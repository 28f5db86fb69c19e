using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Storage;
using ServerlessMme.Storage.Jobs;
using ServerlessMme.Storage.Queues;

namespace ServerlessMme.Functions.Hosting;

/// <summary>
/// Beside the start: creates the account's own containers and queues where they are missing, and loads the models that
/// are to be warm before they are asked for. Then looks at the queues from time to time, for the metrics, and brings
/// the records of jobs up to date.
/// </summary>
internal sealed class StorageSetup(
    StorageAccount account, ModelCache models, QueueWatch watch, JobProgress jobs, ILogger<StorageSetup> logger)
    : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(CreateAndWatchAsync(stoppingToken), models.PreloadAsync(stoppingToken));

    private async Task CreateAndWatchAsync(CancellationToken stoppingToken)
    {
        await CreateAsync(stoppingToken);
        await Task.WhenAll(watch.RunAsync(stoppingToken), jobs.RunAsync(stoppingToken));
    }

    private async Task CreateAsync(CancellationToken stoppingToken)
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
