using System.Diagnostics;

namespace ServerlessMme.Core.Tracing;

/// <summary>
/// The position in a trace that a message belongs to, in W3C Trace Context format. The texts are kept unchanged: a
/// message that is sent again must have the same text, because jobs count it by its digest.
/// </summary>
public sealed record TraceContext
{
    // 00-{32 hexadecimal digits}-{16}-{2}
    private const int ParentLength = 55;

    // The standard asks implementations to propagate at least this many characters.
    private const int MaxStateLength = 512;

    private TraceContext(string parent, string? state)
    {
        Parent = parent;
        State = state;
    }

    /// <summary>The <c>traceparent</c>, in version 00 of the standard.</summary>
    public string Parent { get; }

    /// <summary>The <c>tracestate</c>, of at most 512 characters; null for none.</summary>
    public string? State { get; }

    /// <summary>The current activity's context if the activity is recorded; null otherwise.</summary>
    public static TraceContext? Current =>
        Activity.Current is { IdFormat: ActivityIdFormat.W3C, Recorded: true, Id: { } id } activity
            ? Parse(id, activity.TraceStateString)
            : null;

    /// <summary>
    /// Parses the context that a message names. Returns null if it is missing or invalid, because such a message is
    /// still processed. An invalid <c>tracestate</c> alone is dropped, as the standard requires.
    /// </summary>
    public static TraceContext? Parse(string? parent, string? state) =>
        parent is { Length: ParentLength }
        && parent.StartsWith("00-", StringComparison.Ordinal)
        && ActivityContext.TryParse(parent, null, out var context)
        && context.TraceId != default
        && context.SpanId != default
            ? new TraceContext(parent, IsState(state) ? state : null)
            : null;

    /// <summary>Returns the context as a remote parent or the target of a link.</summary>
    public ActivityContext ToActivityContext() =>
        ActivityContext.TryParse(Parent, State, isRemote: true, out var context) ? context : default;

    private static bool IsState(string? state) =>
        state is { Length: > 0 and <= MaxStateLength } && state.All(c => c is >= ' ' and <= '~');
}
