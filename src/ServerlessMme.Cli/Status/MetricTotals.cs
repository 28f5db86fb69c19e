using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ServerlessMme.Core.Models.Cache;

namespace ServerlessMme.Cli.Status;

/// <summary>Adds up all measurements of this process's meter since this object was created. Thread-safe.</summary>
internal sealed class MetricTotals : IDisposable
{
    private readonly ConcurrentDictionary<(string Name, string Tags), Total> _totals = new();
    private readonly MeterListener _listener = new();

    public MetricTotals()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == ModelMetrics.MeterName)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>All totals so far, ordered by name and tags.</summary>
    public IReadOnlyList<MetricTotal> Read()
    {
        _listener.RecordObservableInstruments();
        return [.. _totals.OrderBy(each => each.Key).Select(each => each.Value.ToTotal(each.Key.Name, each.Key.Tags))];
    }

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = string.Join(", ", tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}").Order(StringComparer.Ordinal));
        _totals.GetOrAdd((instrument.Name, text), _ => new Total(instrument)).Add(value);
    }

    private sealed class Total(Instrument instrument)
    {
        private readonly Lock _gate = new();
        private long _count;
        private double _sum;
        private double _max = double.MinValue;

        public void Add(double value)
        {
            lock (_gate)
            {
                // A gauge's value, and every value of an observable instrument, replaces the last one.
                (_count, _sum) = instrument.IsObservable || instrument is Gauge<double> ? (1, value) : (_count + 1, _sum + value);
                _max = Math.Max(_max, value);
            }
        }

        public MetricTotal ToTotal(string name, string tags)
        {
            lock (_gate)
            {
                return new MetricTotal(name, instrument.Unit ?? "", tags, _count, _sum, _max);
            }
        }
    }
}
