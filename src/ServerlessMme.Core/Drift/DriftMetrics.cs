using System.Diagnostics.Metrics;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;

namespace ServerlessMme.Core.Drift;

/// <summary>Metrics of scheduled drift checks, on the application's one meter. Thread-safe.</summary>
public sealed class DriftMetrics(IMeterFactory meters)
{
    /// <summary>Gauge of the PSI of the labels' shares, with the model as a tag. Set by each check.</summary>
    public const string DriftPsi = "DriftPsi";

    /// <summary>Counter of checks that found drift, with the model as a tag.</summary>
    public const string DriftFound = "DriftFound";

    // Not observable: a process that did one check must not keep reporting its value until it exits.
    private readonly Gauge<double> _psi = meters.Create(ModelMetrics.MeterName).CreateGauge<double>(
        DriftPsi, "1", "Population stability index of the labels' shares.");

    private readonly Counter<long> _found = meters.Create(ModelMetrics.MeterName).CreateCounter<long>(
        DriftFound, "{check}", "Checks that found drift.");

    internal void Record(ModelName model, DriftDocument document)
    {
        var tag = new KeyValuePair<string, object?>(ModelMetrics.ModelTag, model.Value);
        if (document.Labels is { } labels)
        {
            _psi.Record(labels.Psi, tag);
        }

        // Adding zero makes the counter appear before the first finding.
        _found.Add(document.IsDrift ? 1 : 0, tag);
    }
}
