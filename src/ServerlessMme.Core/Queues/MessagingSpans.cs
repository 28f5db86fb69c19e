using System.Diagnostics;
using ServerlessMme.Core.Requests;
using ServerlessMme.Core.Tracing;

namespace ServerlessMme.Core.Queues;

/// <summary>Spans for messages, following OpenTelemetry's conventions for messaging.</summary>
internal static class MessagingSpans
{
    public const string MessageCount = "messaging.batch.message_count";

    private const string Queue = "classify";

    // The conventions define no value for Azure Storage queues. This one follows azure.servicebus.
    private const string Messaging = "azure.storagequeues";

    // A message can contain hundreds of events.
    private const int MaxLinks = 32;

    private static readonly KeyValuePair<string, object?>[] Sending =
    [
        new("messaging.system", Messaging),
        new("messaging.destination.name", Queue),
        new("messaging.operation.name", "send"),
        new("messaging.operation.type", "send"),
    ];

    private static readonly KeyValuePair<string, object?>[] Processing =
    [
        new("messaging.system", Messaging),
        new("messaging.destination.name", Queue),
        new("messaging.operation.name", "process"),
        new("messaging.operation.type", "process"),
    ];

    /// <summary>Starts the span for messages that are sent together, and makes it current.</summary>
    public static Activity? StartSend() =>
        Spans.Source.StartActivity($"send {Queue}", ActivityKind.Producer, default(ActivityContext), Sending);

    /// <summary>
    /// Starts the span for one message, without making it current. It continues the trace that the message names. If
    /// there is a current span, such as a function's invocation, the new span becomes its child and links to the
    /// message's trace. If the message names several traces, the span links to them as well.
    /// </summary>
    /// <param name="requests">The requests in the message.</param>
    public static Activity? StartProcess(IncomingMessage message, IEnumerable<ClassifyRequest> requests)
    {
        if (!Spans.Source.HasListeners())
        {
            return null;
        }

        var around = Activity.Current;
        var named = requests.Select(request => request.Trace).OfType<TraceContext>().Distinct().Take(MaxLinks)
            .Select(trace => trace.ToActivityContext()).ToList();
        var parent = around is null && named is [var only] ? only : default;
        var links = parent == default ? named.Select(context => new ActivityLink(context)) : null;
        var span = Spans.Source.StartActivity($"process {Queue}", ActivityKind.Consumer, parent, Processing, links);
        Activity.Current = around;
        span?.SetTag("messaging.message.id", message.Id);
        span?.SetTag("messaging.message.body.size", message.Body.Length);
        span?.SetTag("mme.message.tries", message.Tries);
        return span;
    }

    /// <summary>
    /// Starts the span for work on images of one model. It belongs to the message that requests the work. A batch that
    /// serves several messages can't belong to all of them, so it links to each and has its own trace, or is part of
    /// the current one.
    /// </summary>
    public static Activity? StartBatch(string model, IReadOnlyList<Activity> messages)
    {
        if (!Spans.Source.HasListeners())
        {
            return null;
        }

        var parent = messages is [var only] ? only.Context : default;
        var links = messages.Count > 1 ? messages.Select(message => new ActivityLink(message.Context)) : null;
        var span = Spans.Source.StartActivity(
            $"classify {model}", ActivityKind.Internal, parent, [new(Spans.ModelName, model)], links);
        span?.SetTag(MessageCount, Math.Max(1, messages.Count));
        return span;
    }
}
