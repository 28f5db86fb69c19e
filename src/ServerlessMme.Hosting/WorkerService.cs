using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Processing;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Reconcile;
using ServerlessMme.Core.Rescore;
using ServerlessMme.Storage;

namespace ServerlessMme.Hosting;

/// <summary>
/// Does the work of the Functions app's triggers in a plain process: listens to the queue, sweeps, starts scheduled
/// re-scoring, and keeps job records and queue metrics up to date.
/// </summary>
public sealed class WorkerService(
    StorageAccount account,
    QueueListener listener,
    Reconciler reconciler,
    JobProgress jobs,
    ScheduledRescores rescores,
    QueueWatch watch,
    ILogger<WorkerService> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await account.CreateAsync(stoppingToken);
        logger.LogInformation("Listening to '{Queue}' at {Account}", StorageAccount.ClassifyQueue, account.Queues.Uri);
        await Task.WhenAll(
            listener.RunAsync(stoppingToken),
            reconciler.RunAsync(stoppingToken),
            jobs.RunAsync(stoppingToken),
            rescores.RunAsync(stoppingToken),
            watch.RunAsync(stoppingToken));
    }
}
