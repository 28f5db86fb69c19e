using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Queues;
using ServerlessMme.Storage;
using ServerlessMme.Storage.Documents;
using ServerlessMme.Storage.Queues;

namespace ServerlessMme.Core.Tests.Jobs;

/// <summary>The parts that jobs are made of, on one account.</summary>
internal sealed class Ledger
{
    public Ledger(StorageAccount account, ILabelSink labels)
    {
        var documents = new BlobDocumentStore(account);
        Records = new JobRecords(documents);
        Shards = new JobShards(documents);
        var sender = new BatchSender(StorageMessageQueue.Of(account), Options.Create(new BatchOptions()));
        var listings = new LostListings(
            Records, documents, sender, TimeProvider.System, NullLogger<LostListings>.Instance);
        Progress = new JobProgress(Records, Shards, listings, TimeProvider.System, NullLogger<JobProgress>.Instance);
        Messages = new JobTracker(
            Records, Shards, Progress, labels, TimeProvider.System, NullLogger<JobTracker>.Instance);
    }

    public JobRecords Records { get; }

    public JobShards Shards { get; }

    public JobProgress Progress { get; }

    public JobTracker Messages { get; }
}
