using Microsoft.Azure.Functions.Worker;
using ServerlessMme.Core.Rescore;
using ServerlessMme.Functions.Triggers;

namespace ServerlessMme.Functions;

/// <summary>
/// Starts the re-scoring that <c>Mme:Rescore:Schedules</c> ask for, and then asks for every image without a current
/// label: the safety net for lost events, and re-scoring after a model was replaced. The schedule is the default of
/// <c>Mme:Triggers:ReconcileSchedule</c>, which replaces it.
/// </summary>
public sealed class Reconcile(ReconcileRunner runner, ScheduledRescores rescores)
{
    [Function(nameof(Reconcile))]
    [FixedDelayRetry(3, "00:00:30")]
    public async Task RunAsync([TimerTrigger("0 0 * * * *")] TimerInfo timer, CancellationToken cancellationToken)
    {
        await rescores.StartDueAsync(cancellationToken);
        await runner.RunAsync(cancellationToken);
    }
}
