using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Drift;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Processing;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Reconcile;
using ServerlessMme.Core.Rescore;
using ServerlessMme.Core.Tracing;
using ServerlessMme.Storage;

namespace ServerlessMme.Hosting;

/// <summary>
/// Does the work of the Functions app's triggers in a plain process: listens to the queue, sweeps, starts scheduled
/// re-scoring and drift checks, and keeps job records and queue metrics up to date.
/// </summary>
public sealed class WorkerService(
    StorageAccount account,
    QueueListener listener,
    Reconciler reconciler,
    JobProgress jobs,
    ScheduledRescores rescores,
    ScheduledDrift drift,
    QueueWatch watch,
    MemoryPlan memory,
    TimeProvider time,
    ILogger<WorkerService> logger)
    : BackgroundService
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Spans.EnterBackground();
        await ReachStorageAsync(stoppingToken);
        HeapLimit.Set(memory);
        logger.LogInformation("Memory: {Plan}", memory);
        logger.LogInformation("Listening to '{Queue}' at {Account}", StorageAccount.ClassifyQueue, account.Queues.Uri);
        await Task.WhenAll(
            listener.RunAsync(stoppingToken),
            reconciler.RunAsync(stoppingToken),
            jobs.RunAsync(stoppingToken),
            rescores.RunAsync(stoppingToken),
            drift.RunAsync(stoppingToken),
            watch.RunAsync(stoppingToken));
    }

    /// <summary>
    /// Creates missing containers and queues. A worker may start before its storage does, so it waits, but reports each
    /// failure at once.
    /// </summary>
    private async Task ReachStorageAsync(CancellationToken stoppingToken)
    {
        for (var delay = FirstDelay; ; delay = delay * 2 < MaxDelay ? delay * 2 : MaxDelay)
        {
            try
            {
                await account.CreateAsync(stoppingToken);
                return;
            }
            catch (StorageUnreachableException exception)
            {
                logger.LogWarning(
                    exception, "Storage isn't available. Retrying in {Seconds} seconds", delay.TotalSeconds);
            }

            await Task.Delay(delay, time, stoppingToken);
        }
    }
}
