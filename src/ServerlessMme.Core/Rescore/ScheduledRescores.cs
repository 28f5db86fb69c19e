using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Schedules;

namespace ServerlessMme.Core.Rescore;

/// <summary>
/// Starts scheduled re-scoring. Any number of processes may run it: a scheduled job's name is derived from its model
/// and time, and only the process that creates its record queues it. If that fails, <see cref="JobProgress"/> in any
/// worker queues it. A run that was due while no process was running starts late, within an hour. Not thread-safe.
/// </summary>
public sealed class ScheduledRescores(
    Rescorer rescorer,
    IModelCatalog catalog,
    IOptions<RescoreOptions> options,
    TimeProvider time,
    ILogger<ScheduledRescores> logger)
{
    private readonly HashSet<JobId> _seen = [];

    /// <summary>Checks the schedules until canceled. Logs failures and continues with the next check.</summary>
    public Task RunAsync(CancellationToken cancellationToken) =>
        CronSchedules.RunAsync(options.Value.Schedules, StartDueAsync, time, cancellationToken);

    /// <summary>
    /// Starts each schedule's latest run that was due within the last hour, unless a process has already started it.
    /// </summary>
    public async Task StartDueAsync(CancellationToken cancellationToken)
    {
        foreach (var (name, schedule) in options.Value.Schedules)
        {
            var model = ModelName.Parse(name).Value;
            try
            {
                if (CronSchedules.FindLastDue(schedule, time.GetUtcNow()) is { } due)
                {
                    await StartAsync(model, schedule, JobId.ForSchedule(model, due), cancellationToken);
                }
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                logger.LogError(exception, "The scheduled re-scoring of model {Model} could not be started", model);
            }
        }
    }

    private async Task StartAsync(ModelName model, string schedule, JobId id, CancellationToken cancellationToken)
    {
        if (_seen.Contains(id))
        {
            return;
        }

        if (await catalog.FindAsync(model, cancellationToken) is null)
        {
            logger.LogWarning("Model {Model} is scheduled for re-scoring but is not published", model);
            _seen.Add(id);
            return;
        }

        var job = await rescorer.StartAsync(
            id, model, changedOnly: true, "the schedule", schedule, Job.NoThreshold, cancellationToken);
        _seen.Add(id);
        if (job is null)
        {
            return;
        }

        await rescorer.QueueAsync(job, cancellationToken);
        logger.LogInformation("Job {Job} re-scores images of model {Model}", job.Id, model);
    }
}
