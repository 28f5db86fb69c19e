using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Schedules;

namespace ServerlessMme.Core.Drift;

/// <summary>
/// Checks models for drift on a schedule. Any number of processes may run it; the process that claims a check in the
/// record runs that check. A check that was due while no process was running runs up to an hour late. A failed check is
/// not repeated before the next one in the schedule. One call at a time.
/// </summary>
public sealed class ScheduledDrift(
    DriftComparer comparer,
    DriftRuns runs,
    DriftMetrics metrics,
    IOptions<DriftOptions> options,
    TimeProvider time,
    ILogger<ScheduledDrift> logger)
{
    // Maximum number of findings in a log line and in the record.
    private const int MaxFindings = 5;

    private readonly Dictionary<ModelName, DateTimeOffset> _seen = [];

    /// <summary>Checks the schedules until canceled. Logs failures and continues with the next check.</summary>
    public Task RunAsync(CancellationToken cancellationToken) =>
        CronSchedules.RunAsync(options.Value.Schedules, RunDueAsync, time, cancellationToken);

    /// <summary>
    /// Runs each schedule's latest check that was due within the last hour, unless a process has already claimed it.
    /// </summary>
    public async Task RunDueAsync(CancellationToken cancellationToken)
    {
        foreach (var (name, schedule) in options.Value.Schedules)
        {
            var model = ModelName.Parse(name).Value;
            try
            {
                if (CronSchedules.FindLastDue(schedule, time.GetUtcNow()) is { } due
                    && _seen.GetValueOrDefault(model) < due)
                {
                    var isOurs = await runs.TryClaimAsync(model, due, cancellationToken);
                    _seen[model] = due;
                    if (isOurs)
                    {
                        await CheckAsync(model, due, cancellationToken);
                    }
                }
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                logger.LogError(exception, "{Model} could not be checked for drift", model);
            }
        }
    }

    private async Task CheckAsync(ModelName model, DateTimeOffset due, CancellationToken cancellationToken)
    {
        var now = await comparer.NowAsync(cancellationToken);
        var windows = new DriftWindows(now - options.Value.Against, now - options.Value.Since, now);
        var counts = await comparer.CountAsync(model, windows, cancellationToken);
        if (counts.Problem is { } problem)
        {
            logger.LogWarning("{Model} was not checked for drift: {Problem}", model, problem);
            await runs.EndAsync(new DriftRun(model.Value, due, problem, null, null), cancellationToken);
            return;
        }

        var document = DriftAnalysis.Compare(model, counts);
        List<string> findings = [.. document.Findings.Take(MaxFindings).Select(finding => finding.Sentence)];
        metrics.Record(model, document);
        if (document.IsDrift)
        {
            logger.LogWarning(
                "The answers of {Model} have drifted. {Findings}",
                model,
                string.Join(' ', findings.Concat(document.Warnings)));
        }
        else
        {
            logger.LogInformation("The answers of {Model} have not drifted", model);
        }

        await runs.EndAsync(new DriftRun(model.Value, due, null, document.IsDrift, findings), cancellationToken);
    }
}
