using System.Diagnostics.Metrics;
using ServerlessMme.Core.Models.Cache;

namespace ServerlessMme.Core.Reconcile;

/// <summary>Metrics of sweeps, on the application's one meter. Thread-safe.</summary>
public sealed class ReconcileMetrics(IMeterFactory meters)
{
    /// <summary>Counter: models whose containers a sweep could not list.</summary>
    public const string SweepFailures = "SweepFailures";

    private readonly Counter<long> _failures = meters.Create(ModelMetrics.MeterName).CreateCounter<long>(
        SweepFailures, "{model}", "Models whose containers a sweep could not list.");

    internal void RecordFailure() => _failures.Add(1);
}
