using System.Diagnostics.Metrics;

namespace ServerlessMme.Benchmarks.Zipf;

/// <summary>Counts the models that the cache evicts, by its own metric.</summary>
internal sealed class Evictions : IDisposable
{
    private readonly MeterListener _listener;
    private int _count;

    public Evictions()
    {
        _listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Name == "ModelEvictions")
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        _listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref _count, (int)value));
        _listener.Start();
    }

    public int Count => Volatile.Read(ref _count);

    public void Dispose() => _listener.Dispose();
}
