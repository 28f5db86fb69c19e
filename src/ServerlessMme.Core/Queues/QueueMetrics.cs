using System.Diagnostics.Metrics;
using ServerlessMme.Core.Models.Cache;

namespace ServerlessMme.Core.Queues;

/// <summary>Queue metrics for alerts, on the application's one meter. Thread-safe.</summary>
public sealed class QueueMetrics
{
    /// <summary>Gauge: messages on <c>classify</c>, including those being processed.</summary>
    public const string WaitingMessages = "WaitingMessages";

    /// <summary>Gauge: messages on <c>classify-poison</c>.</summary>
    public const string PoisonMessages = "PoisonMessages";

    /// <summary>Gauge: age of the next message on <c>classify</c>, in seconds; 0 if none is waiting.</summary>
    public const string OldestMessageAge = "OldestMessageAge";

    private QueueReading? _last;

    public QueueMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(ModelMetrics.MeterName);
        // No values are reported until the queues have been read once, because an unread queue is not an empty one.
        meter.CreateObservableGauge(WaitingMessages, () => Of(reading => reading.Waiting), "{message}",
            "Messages on the queue classify, including those being processed.");
        meter.CreateObservableGauge(PoisonMessages, () => Of(reading => reading.Poison), "{message}",
            "Messages on the queue classify-poison.");
        meter.CreateObservableGauge(OldestMessageAge, () => Of(reading => reading.Age.TotalSeconds), "s",
            "Age of the next message on the queue classify; 0 if none is waiting.");
    }

    public void Record(QueueReading? reading) => _last = reading;

    private Measurement<double>[] Of(Func<QueueReading, double> value) =>
        _last is { } reading ? [new Measurement<double>(value(reading))] : [];
}

/// <summary>One reading of the queues.</summary>
/// <param name="Age">Time since the next message was added; zero if none is waiting.</param>
public sealed record QueueReading(long Waiting, long Poison, TimeSpan Age);
