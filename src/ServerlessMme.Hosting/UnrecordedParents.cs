using System.Diagnostics;
using OpenTelemetry;

namespace ServerlessMme.Hosting;

/// <summary>
/// Leaves out the descendants of a span that this process doesn't record, whatever the sampler decides. An idle worker
/// polls its queue every second below such a span, and each poll would otherwise become a separate trace. Thread-safe.
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
