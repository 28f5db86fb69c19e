using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ServerlessMme.Azure.Jobs;
using ServerlessMme.Azure.Queues;
using ServerlessMme.Azure.Reconcile;
using ServerlessMme.Azure.Rescore;
using ServerlessMme.Azure.Storage;
using ServerlessMme.Core.Models;

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
