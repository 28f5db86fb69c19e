using Microsoft.Extensions.Hosting;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Queues;

namespace ServerlessMme.Functions.Hosting;

/// <summary>
/// Creates the app's containers and queues in the background, so startup doesn't wait for them. Then keeps queue
/// metrics and job records up to date.
/// </summary>
internal sealed class UpkeepService(StorageCreation storage, QueueWatch watch, JobProgress jobs) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await storage.RunAsync(stoppingToken);
        await Task.WhenAll(watch.RunAsync(stoppingToken), jobs.RunAsync(stoppingToken));
    }
}
