using Microsoft.Azure.Functions.Worker;
using ServerlessMme.Functions.Triggers;

namespace ServerlessMme.Functions;

/// <summary>
/// Asks for every image without a current label: the safety net for lost events, and re-scoring after a model was
/// replaced. The schedule is the default of <c>Mme:Triggers:ReconcileSchedule</c>, which replaces it.
/// </summary>
public sealed class Reconcile(Sweeps sweeps)
{
    [Function(nameof(Reconcile))]
    [FixedDelayRetry(3, "00:00:30")]
    public Task RunAsync([TimerTrigger("0 0 * * * *")] TimerInfo timer, CancellationToken cancellationToken) =>
        sweeps.RunAsync(cancellationToken);
}
