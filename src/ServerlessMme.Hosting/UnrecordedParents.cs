using System.Diagnostics;
using OpenTelemetry;

namespace ServerlessMme.Hosting;

/// <summary>
/// Records no span below one that this process doesn't record, whatever the sampler decides. An idle worker polls its
/// queue every second under such a span, and each poll would be a trace of its own. Thread-safe.
/// </summary>
internal sealed class UnrecordedParents : BaseProcessor<Activity>
{
    public override void OnStart(Activity data)
    {
        if (data.Parent is { IsAllDataRequested: false })
        {
            data.IsAllDataRequested = false;
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
    }
}
