using Microsoft.Extensions.Logging.Abstractions;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Labels;
using ServerlessMme.Storage;
using ServerlessMme.Storage.Documents;

namespace ServerlessMme.Core.Tests.Jobs;

/// <summary>The parts that jobs are made of, on one account.</summary>
internal sealed class Ledger
{
    public Ledger(StorageAccount account, ILabelSink labels)
    {
        var documents = new BlobDocumentStore(account);
        Records = new JobRecords(documents);
        Shards = new JobShards(documents);
        Progress = new JobProgress(Records, Shards, TimeProvider.System, NullLogger<JobProgress>.Instance);
        Messages = new JobTracker(
            Records, Shards, Progress, labels, TimeProvider.System, NullLogger<JobTracker>.Instance);
    }

    public JobRecords Records { get; }

    public JobShards Shards { get; }

    public JobProgress Progress { get; }

    public JobTracker Messages { get; }
}
