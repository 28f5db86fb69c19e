using Microsoft.Azure.Functions.Worker;
using ServerlessMme.Core.Drift;
using ServerlessMme.Core.Rescore;
using ServerlessMme.Functions.Triggers;

namespace ServerlessMme.Functions;

/// <summary>
/// Starts the re-scoring jobs that are due in <c>Mme:Rescore:Schedules</c>. Then requests a label for every image
/// without a current one: this catches lost events, and re-scores images after a model was replaced. Last, checks the
/// models that are due in <c>Mme:Drift:Schedules</c> for drift, because no label waits for this check. The schedule
/// below is a placeholder for <c>Mme:Triggers:ReconcileSchedule</c>.
/// </summary>
public sealed class Reconcile(ReconcileRunner runner, ScheduledRescores rescores, ScheduledDrift drift)
{
    [Function(nameof(Reconcile))]
    [FixedDelayRetry(3, "00:00:30")]
    public async Task RunAsync([TimerTrigger("0 0 * * * *")] TimerInfo timer, CancellationToken cancellationToken)
    {
        await rescores.StartDueAsync(cancellationToken);
        await runner.RunAsync(cancellationToken);
        await drift.RunDueAsync(cancellationToken);
    }
}
