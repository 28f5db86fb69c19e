using Microsoft.Extensions.Logging.Abstractions;
using ServerlessMme.Azure.Jobs;
using ServerlessMme.Azure.Storage;
using ServerlessMme.Core.Labels;

namespace ServerlessMme.Azure.Tests.Jobs;

/// <summary>The parts that jobs are made of, on one account.</summary>
internal sealed class Ledger
{
    public Ledger(StorageAccount account, ILabelSink labels)
    {
        Records = new JobRecords(account);
        Shards = new JobShards(account);
        Progress = new JobProgress(Records, Shards, TimeProvider.System, NullLogger<JobProgress>.Instance);
        Messages = new JobMessages(
            Records, Shards, Progress, labels, TimeProvider.System, NullLogger<JobMessages>.Instance);
    }

    public JobRecords Records { get; }

    public JobShards Shards { get; }

    public JobProgress Progress { get; }

    public JobMessages Messages { get; }
}
