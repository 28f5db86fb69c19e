using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace ServerlessMme.Testing.Cache;

/// <summary>Meters of one test, and everything that they measured. Thread-safe.</summary>
public sealed class TestMeters : IMeterFactory
{
    private readonly ConcurrentQueue<Meter> _meters = new();
    private readonly MeterListener _listener = new();

    public TestMeters()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (!_meters.Contains(instrument.Meter))
            {
                return;
            }

            Instruments.Enqueue(instrument);
            listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    public ConcurrentQueue<Instrument> Instruments { get; } = new();

    public ConcurrentQueue<Measurement> Measurements { get; } = new();

    public Meter Create(MeterOptions options)
    {
        var meter = new Meter(options);
        _meters.Enqueue(meter);
        return meter;
    }

    /// <summary>The values of a metric whose tags, joined by a blank, are as given.</summary>
    public double[] Values(string name, string? tags = null) =>
        [.. Measurements.Where(m => m.Name == name && (tags ?? m.Tags) == m.Tags).Select(m => m.Value)];

    /// <summary>Reads a gauge.</summary>
    public double Gauge(string name)
    {
        _listener.RecordObservableInstruments();
        return Values(name)[^1];
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var meter in _meters)
        {
            meter.Dispose();
        }
    }

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var values = tags.ToArray().Select(tag => tag.Value);
        Measurements.Enqueue(new Measurement(instrument.Name, value, string.Join(' ', values)));
    }

    public sealed record Measurement(string Name, double Value, string Tags);
}
