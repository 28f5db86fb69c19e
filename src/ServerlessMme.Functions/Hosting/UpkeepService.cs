using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Tracing;

namespace ServerlessMme.Functions.Hosting;

/// <summary>
/// Creates the app's containers and queues in the background, so startup doesn't wait for them. Then keeps queue
/// metrics and job records up to date.
/// </summary>
internal sealed class UpkeepService(
    StorageCreation storage, QueueWatch watch, JobProgress jobs, MemoryPlan memory, ILogger<UpkeepService> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Spans.EnterBackground();
        HeapLimit.Set(memory);
        logger.LogInformation("Memory: {Plan}", memory);
        await storage.RunAsync(stoppingToken);
        await Task.WhenAll(watch.RunAsync(stoppingToken), jobs.RunAsync(stoppingToken));
    }
}
