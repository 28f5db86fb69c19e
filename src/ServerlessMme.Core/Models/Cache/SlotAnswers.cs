using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Models.Cache;

/// <summary>Creates the results of requests for a model, and records their metrics. Thread-safe.</summary>
internal sealed class SlotAnswers(ModelName name, ModelCacheMetrics metrics)
{
    public static AcquiredModel Forward(SlotState state) =>
        new(null, state.Version, state.Refusal) { Target = state.Target, Members = state.Members };

    // An alias without a target has a version, but there is no model that could answer.
    public static AcquiredModel Refuse(SlotState state, Refusal refusal) =>
        new(null, refusal.Code == ErrorCode.ModelNotFound ? null : state.Version, refusal);

    /// <summary>
    /// Records a hit, unless the loaded model is cold as defined by <see cref="PageUse.IsCold"/>. Starts reading files
    /// that have left memory, even if there are few.
    /// </summary>
    public AcquiredModel Hit(ModelLease lease)
    {
        var backend = lease.Model.Backend;
        var isHit = true;
        if (!backend.IsResident)
        {
            isHit = backend.Pages is { IsCold: false };
            backend.Prefetch();
        }

        metrics.RecordHit(name, isHit);
        return new AcquiredModel(lease, lease.Model.Descriptor.Version, null) { IsHit = isHit };
    }

    public AcquiredModel Miss(ModelLease lease, TimeSpan waited)
    {
        metrics.RecordHit(name, hit: false);
        metrics.RecordWaiting(name, waited);
        return new AcquiredModel(lease, lease.Model.Descriptor.Version, null);
    }
}
