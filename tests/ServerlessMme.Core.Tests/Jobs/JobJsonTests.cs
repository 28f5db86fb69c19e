using System.Text;
using ServerlessMme.Core.Jobs;

namespace ServerlessMme.Core.Tests.Jobs;

public sealed class JobJsonTests
{
    private const string Name = "20261122-231500-cifar10-4f1a.json";

    [Fact]
    public void Members_of_a_later_version_are_ignored()
    {
        var job = JobJson.ReadJob(
            """
            {"id":"20261122-231500-cifar10-4f1a","kind":"submit","model":"cifar10","by":"anna","priority":7,
            "asked":{"prefix":"","region":"eu"},"errorThreshold":-1,"state":"running",
            "startedAt":"2026-11-22T23:15:01+00:00",
            "counts":{"total":9,"done":2,"refused":0,"skipped":1,"givenUp":0,"cancelled":0,"later":6}}
            """u8.ToArray(),
            Name);
        var shard = JobJson.ReadShard(
            """{"counts":{"done":2,"later":1},"refusals":[],"changes":[],"seconds":0.5}"""u8.ToArray(), "x.json");
        var sending = JobJson.ReadSending(
            """{"run":"r","sent":8,"messages":[],"images":0,"isComplete":false,"lane":2}"""u8.ToArray(), "x.json");

        Assert.Equal(9, job.Counts.Total);
        Assert.Equal(2, job.Counts.Done);
        Assert.Equal(2, shard.Counts.Done);
        Assert.Equal(8, sending.Sent);
        // So a worker of this version that updates the record removes them.
        Assert.DoesNotContain("priority", Encoding.UTF8.GetString(JobJson.Write(job)), StringComparison.Ordinal);
    }

    [Fact]
    public void Members_that_a_record_of_an_earlier_version_lacks_have_defaults()
    {
        var job = JobJson.ReadJob(
            """
            {"id":"20261122-231500-cifar10-4f1a","kind":"rescore","model":"cifar10","by":"anna","asked":{},
            "errorThreshold":-1,"state":"listing","startedAt":"2026-11-22T23:15:01+00:00","counts":{"done":0}}
            """u8.ToArray(),
            Name);

        Assert.Null(job.QueuedAt);
        Assert.Equal(0, job.Counts.Unsure);
        Assert.Null(job.Asked.ChangedOnly);
    }
}
