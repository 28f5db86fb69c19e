using System.Collections.Concurrent;
using System.Diagnostics;
using ServerlessMme.Core.Tracing;

namespace ServerlessMme.Core.Tests.Tracing;

/// <summary>
/// Records the spans of one test: those of its traces, and batches of its model, because tests of other classes run at
/// the same time. Thread-safe.
/// </summary>
internal sealed class RecordedSpans : IDisposable
{
    private readonly ConcurrentDictionary<ActivityTraceId, bool> _traces = new();
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    /// <param name="model">The test's own model.</param>
    public RecordedSpans(string model)
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Spans.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                _traces.ContainsKey(options.Parent.TraceId) || options.Name == $"classify {model}"
                    ? ActivitySamplingResult.AllDataAndRecorded
                    : ActivitySamplingResult.None,
            ActivityStarted = span => _traces[span.TraceId] = true,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>Ended spans, in the order of their ends.</summary>
    public IReadOnlyList<Activity> All => [.. _ended];

    public Activity One(string name) => Assert.Single(All, span => span.DisplayName == name);

    /// <summary>Begins a trace elsewhere, and returns its <c>traceparent</c>.</summary>
    public string BeginTrace()
    {
        var trace = ActivityTraceId.CreateRandom();
        _traces[trace] = true;
        return $"00-{trace}-{ActivitySpanId.CreateRandom()}-01";
    }

    public void Dispose() => _listener.Dispose();
}
