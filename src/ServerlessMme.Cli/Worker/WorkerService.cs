using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Storage;
using ServerlessMme.Storage.Jobs;
using ServerlessMme.Storage.Queues;
using ServerlessMme.Storage.Reconcile;
using ServerlessMme.Storage.Rescore;

namespace ServerlessMme.Cli.Worker;

/// <summary>The app without the Functions host: the queue listener and the reconcile sweeps, until it is stopped.</summary>
internal sealed class WorkerService(
    StorageAccount account,
    QueueListener listener,
    Reconciler reconciler,
    JobProgress jobs,
    ScheduledRescores rescores,
    QueueWatch watch,
    ModelCache models,
    ILogger<WorkerService> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await account.CreateAsync(stoppingToken);
        logger.LogInformation("Listening to '{Queue}' at {Account}", StorageAccount.ClassifyQueue, account.Queues.Uri);
        await Task.WhenAll(
            models.PreloadAsync(stoppingToken),
            listener.RunAsync(stoppingToken),
            reconciler.RunAsync(stoppingToken),
            jobs.RunAsync(stoppingToken),
            rescores.RunAsync(stoppingToken),
            watch.RunAsync(stoppingToken));
    }
}
