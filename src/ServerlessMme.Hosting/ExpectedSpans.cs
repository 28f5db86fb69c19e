using System.Diagnostics;
using OpenTelemetry;

namespace ServerlessMme.Hosting;

/// <summary>
/// Keeps expected events out of traces: the request that connects the Functions worker to its host isn't exported, and
/// a missing blob, such as the label of a new image, isn't reported as an error. Thread-safe.
/// </summary>
internal sealed class ExpectedSpans : BaseProcessor<Activity>
{
    private const string ErrorType = "error.type";

    public override void OnEnd(Activity data)
    {
        // The clients set a request's tags after its span has started.
        if (IsHostConnection(data))
        {
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
        else if (IsAbsentBlob(data))
        {
            data.SetStatus(ActivityStatusCode.Unset);
            data.SetTag(ErrorType, null);
        }
    }

    private static bool IsHostConnection(Activity span) =>
        span.Source.Name == Telemetry.HttpSource
        && span.GetTagItem("url.full") is string address
        && address.EndsWith(".FunctionRpc/EventStream", StringComparison.Ordinal);

    private static bool IsAbsentBlob(Activity span) => span.Source.Name == Telemetry.HttpSource
        ? span.GetTagItem("http.request.method") is "HEAD" && span.GetTagItem("http.response.status_code") is 404
        : span.GetTagItem(ErrorType) is "BlobNotFound"
            && span.OperationName.EndsWith(".GetProperties", StringComparison.Ordinal);
}
