using ServerlessMme.Core.Processing;
using ServerlessMme.Core.Tests.Tracing;

namespace ServerlessMme.Core.Tests.Processing;

public sealed class LabelMetricsTests
{
    [Fact(Timeout = 30_000)]
    public async Task Labels_are_counted_by_model_and_refusals_by_code()
    {
        using var worker = new TracedWorker();
        worker.Images.Images["a"] = "1";
        worker.Images.Images["b"] = "2";
        worker.Images.Images["c"] = "no number";
        worker.Images.Images["d"] = "13";

        await worker.ProcessAsync(worker.Request(null, "a", "b", "c", "d", "gone"));

        Assert.Equal([1d, 1], worker.Meters.Values(LabelMetrics.ImagesLabelled, worker.Model));
        Assert.Equal([1d], worker.Meters.Values(LabelMetrics.ImagesRefused, "NotAnImage"));
        Assert.Equal([1d], worker.Meters.Values(LabelMetrics.ImagesRefused, "InferenceFailed"));
        Assert.Equal([1d], worker.Meters.Values(LabelMetrics.ImagesRefused, "ImageNotFound"));
    }
}
