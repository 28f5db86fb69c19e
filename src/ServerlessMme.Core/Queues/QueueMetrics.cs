using System.Diagnostics.Metrics;
using ServerlessMme.Core.Models.Cache;

namespace ServerlessMme.Core.Queues;

/// <summary>What alerts ask about the queues, on the application's one meter. Thread-safe.</summary>
public sealed class QueueMetrics
{
    /// <summary>Gauge: messages on <c>classify</c>, those in work included.</summary>
    public const string WaitingMessages = "WaitingMessages";

    /// <summary>Gauge: messages on <c>classify-poison</c>.</summary>
    public const string PoisonMessages = "PoisonMessages";

    /// <summary>Gauge: seconds since the message that is next was put on <c>classify</c>; 0 when none waits.</summary>
    public const string OldestMessageAge = "OldestMessageAge";

    /// <summary>Counter: images whose label is a refusal.</summary>
    public const string ImagesRefused = "ImagesRefused";

    private readonly Counter<long> _refused;
    private QueueReading? _last;

    public QueueMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(ModelMetrics.MeterName);
        _refused = meter.CreateCounter<long>(ImagesRefused, "{image}", "Images whose label is a refusal.");
        // Nothing is said before the queues were looked at: no reading is not an empty queue.
        meter.CreateObservableGauge(WaitingMessages, () => Of(reading => reading.Waiting), "{message}",
            "Messages on classify, those in work included.");
        meter.CreateObservableGauge(PoisonMessages, () => Of(reading => reading.Poison), "{message}",
            "Messages on classify-poison.");
        meter.CreateObservableGauge(OldestMessageAge, () => Of(reading => reading.Age.TotalSeconds), "s",
            "Time since the message that is next was put on classify; 0 when none waits.");
    }

    public void RecordRefused(int images)
    {
        if (images > 0)
        {
            _refused.Add(images);
        }
    }

    public void Record(QueueReading? reading) => _last = reading;

    private Measurement<double>[] Of(Func<QueueReading, double> value) =>
        _last is { } reading ? [new Measurement<double>(value(reading))] : [];
}

/// <summary>The queues at a moment.</summary>
/// <param name="Age">Of the message that is next; zero when none waits.</param>
public sealed record QueueReading(long Waiting, long Poison, TimeSpan Age);
