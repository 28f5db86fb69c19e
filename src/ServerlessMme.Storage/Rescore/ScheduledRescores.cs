using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Models;
using ServerlessMme.Storage.Jobs;

namespace ServerlessMme.Storage.Rescore;

/// <summary>
/// Starts the re-scoring that schedules ask for. Any number of processes may look: a job's name follows from model and
/// time, and whoever creates it sends it. What was due while nobody ran is started within the hour. One at a time.
/// </summary>
public sealed class ScheduledRescores(
    Rescorer rescorer,
    IModelCatalog catalog,
    IOptions<RescoreOptions> options,
    TimeProvider time,
    ILogger<ScheduledRescores> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LookBack = TimeSpan.FromHours(1);
    private readonly HashSet<JobId> _seen = [];

    /// <summary>Looks until cancelled. Trouble with storage is logged and waited out.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Schedules.Count == 0)
        {
            return;
        }

        try
        {
            using var timer = new PeriodicTimer(Interval, time);
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                await StartDueAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The worker stops.
        }
    }

    /// <summary>Starts, for each schedule, the last of what was due within the hour, unless somebody has.</summary>
    public async Task StartDueAsync(CancellationToken cancellationToken)
    {
        foreach (var (name, schedule) in options.Value.Schedules)
        {
            var model = ModelName.Parse(name).Value;
            try
            {
                if (LastDue(schedule) is { } due)
                {
                    await StartAsync(model, schedule, JobId.ForSchedule(model, due), cancellationToken);
                }
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                logger.LogError(exception, "The scheduled re-scoring of {Model} could not be started", model);
            }
        }
    }

    private DateTimeOffset? LastDue(string schedule)
    {
        var now = time.GetUtcNow();
        var due = RescoreOptions.Read(schedule)!
            .GetNextOccurrences((now - LookBack).UtcDateTime, now.UtcDateTime.AddTicks(1)).LastOrDefault();
        return due == default ? null : new DateTimeOffset(due, TimeSpan.Zero);
    }

    private async Task StartAsync(ModelName model, string schedule, JobId id, CancellationToken cancellationToken)
    {
        if (_seen.Contains(id))
        {
            return;
        }

        if (await catalog.FindAsync(model, cancellationToken) is not { } published)
        {
            logger.LogWarning("{Model} is scheduled to be scored again, and is not published", model);
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

        job = await rescorer.SendAsync(job, published, cancellationToken);
        logger.LogInformation("Job {Job} scores {Count} images of {Model} again", job.Id, job.Counts.Total, model);
    }
}
