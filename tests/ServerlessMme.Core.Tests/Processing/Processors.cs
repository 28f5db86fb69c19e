using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Archives;
using ServerlessMme.Core.Candidates;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models.Artifacts;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Core.Processing;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Reconcile;
using ServerlessMme.Core.Rescore;
using ServerlessMme.Core.Tests.Candidates;
using ServerlessMme.Storage;
using ServerlessMme.Storage.Archives;
using ServerlessMme.Storage.Documents;
using ServerlessMme.Storage.Models;
using ServerlessMme.Storage.Queues;
using ServerlessMme.Storage.Reconcile;
using ServerlessMme.Testing.Memory;

namespace ServerlessMme.Core.Tests.Processing;

/// <summary>Message processors with what tests do not look at.</summary>
internal static class Processors
{
    private static readonly ServiceProvider Services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    /// <summary>Metrics that nobody listens to.</summary>
    public static LabelMetrics Metrics { get; } = new(
        Services.GetRequiredService<IMeterFactory>(), Options.Create(new ModelCacheOptions()));

    /// <summary>Gives messages up to the account's poison queue.</summary>
    public static PoisonWriter Poison(StorageAccount account) =>
        new(StorageMessageQueue.Of(account), new BlobDocumentStore(account), TimeProvider.System);

    public static MessageProcessor Create(
        StorageAccount account,
        BatchClassifier classifier,
        IImageSource images,
        ILabelSink labels,
        PoisonWriter poison,
        JobTracker jobs,
        IArchiveStore? archiveStore = null,
        RescoreOptions? rescore = null,
        ILogger<RequestRunner>? log = null)
    {
        var sender = new BatchSender(StorageMessageQueue.Of(account), Options.Create(new BatchOptions()));
        var runs = new ArchiveRuns(
            archiveStore ?? new BlobArchiveStore(account),
            AmpleMemory.Create(),
            Options.Create(new ArchiveOptions()),
            Options.Create(new ImageOptions()),
            TimeProvider.System);
        var shadows = new ShadowScorer(
            new ShadowStore(new NoDocuments()),
            classifier,
            images,
            TimeProvider.System,
            NullLogger<ShadowScorer>.Instance);
        var runner = new RequestRunner(
            classifier,
            images,
            labels,
            runs,
            Rescores(account, sender, rescore),
            jobs,
            sender,
            shadows,
            Metrics,
            log ?? NullLogger<RequestRunner>.Instance);
        return new MessageProcessor(runner, poison, NullLogger<MessageProcessor>.Instance);
    }

    private static RescoreListing Rescores(StorageAccount account, BatchSender sender, RescoreOptions? options)
    {
        var documents = new BlobDocumentStore(account);
        var drops = new BlobDropListing(account);
        var records = new JobRecords(documents);
        var shards = new JobShards(documents);
        var listings = new LostListings(
            records, documents, sender, TimeProvider.System, NullLogger<LostListings>.Instance);
        var progress = new JobProgress(
            records, shards, listings, TimeProvider.System, NullLogger<JobProgress>.Instance);
        return new RescoreListing(
            new RescoreImages(drops, new StaleImages(drops)),
            new LatestRescores(documents, records),
            new BlobModelCatalog(account, new ArtifactFolder(Options.Create(new ArtifactOptions()))),
            documents,
            records,
            progress,
            new JobSender(records, shards, progress, sender, TimeProvider.System),
            Options.Create(options ?? new RescoreOptions()));
    }
}
