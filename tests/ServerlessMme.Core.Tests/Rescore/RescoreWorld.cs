using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Reconcile;
using ServerlessMme.Core.Requests;
using ServerlessMme.Core.Rescore;
using ServerlessMme.Core.Tests.Pipeline;

namespace ServerlessMme.Core.Tests.Rescore;

/// <summary>A model with images in memory, and what re-scoring needs. Workers come and go on it.</summary>
internal sealed class RescoreWorld : IDropListing
{
    private const int LabelPageSize = 20;

    public static readonly ModelName Model = ModelName.Parse("m").Value;
    private static readonly CancellationToken None = CancellationToken.None;

    /// <param name="order">The order in which the storage service lists; null for the ordinal one.</param>
    public RescoreWorld(IEnumerable<string> images, IComparer<string>? order = null)
    {
        Order = order ?? StringComparer.Ordinal;
        Images = [.. images.Order(Order)];
        Documents = new MemoryDocuments(Faults);
        Queue = new MemoryQueue(Faults);
        Records = new JobRecords(Documents);
        Catalog.Versions["m"] = "v1";
    }

    public List<string> Images { get; }

    public IComparer<string> Order { get; }

    /// <summary>Labels that the pages so far had.</summary>
    public int LabelsListed { get; private set; }

    public Faults Faults { get; } = new();

    public MemoryDocuments Documents { get; }

    public MemoryQueue Queue { get; }

    public JobRecords Records { get; }

    public FakeCatalog Catalog { get; } = new();

    public LatestRescores Latest => new(Documents, Records);

    public JobProgress Progress => new(
        Records, new JobShards(Documents), Listings(), Time, NullLogger<JobProgress>.Instance);

    /// <summary>The workers' clock.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Names of images that have a current label.</summary>
    public HashSet<string> Labeled { get; } = new(StringComparer.Ordinal);

    /// <summary>Called with each image as it is listed.</summary>
    public Action<string> Listing { get; set; } = _ => { };

    /// <summary>The text of each message, without repetitions.</summary>
    public IReadOnlyList<string> Messages => [.. Queue.Sent.Distinct(StringComparer.Ordinal)];

    /// <summary>The images of all messages, without repetitions of a message.</summary>
    public IReadOnlyList<string> Requested =>
        [.. Messages.SelectMany(text => MessageParser.Parse(Encoding.UTF8.GetBytes(text)).Value.Requests)
            .SelectMany(request => request.Images).Order(StringComparer.Ordinal)];

    public async Task<Job> StartAsync(bool changedOnly = false) => (await Rescorer().StartAsync(
        null, Model, changedOnly, "a test", null, Job.NoThreshold, None))!;

    /// <summary>Lists in a new process.</summary>
    public Task<SendingEnd> RunAsync(Job job, TimeSpan? slice = null) => Lister(slice).RunAsync(job.Id, None);

    public RescoreListing Lister(TimeSpan? slice = null) => new(
        Found(),
        Latest,
        Catalog,
        Documents,
        Records,
        Progress,
        Sender(),
        Options.Create(new RescoreOptions { TimeSlice = slice ?? TimeSpan.FromHours(1) }));

    public Rescorer Rescorer() => new(
        Found(), Latest, Sender(), Progress, Messenger(), NullLogger<Rescorer>.Instance);

    /// <summary>Answers every message, those that came twice twice, and brings the record up to date.</summary>
    public async Task<Job> AnswerAsync(Job job)
    {
        foreach (var text in Queue.Sent)
        {
            var body = Encoding.UTF8.GetBytes(text);
            var images = MessageParser.Parse(body).Value.Requests.Sum(request => request.Images.Count);
            await new JobShards(Documents).WriteAsync(
                job.Id, MessageDigest.Of(body), JobShard.Of(JobCounts.Nothing with { Done = images }), None);
        }

        return (await Progress.RefreshAsync(job.Id, None))!;
    }

    /// <summary>Lists until a process is killed after a number of operations on storage.</summary>
    public async Task KillAsync(Job job, int operation)
    {
        Faults.Arm(operation, after: true);
        await Assert.ThrowsAsync<KilledException>(() => RunAsync(job));
        Faults.Disarm();
    }

    public void AssertRequested(IEnumerable<string> images) =>
        Assert.Equal(images.Order(StringComparer.Ordinal), Requested);

    public async Task AssertCompletedAsync(Job job, int images)
    {
        var ended = await AnswerAsync(job);
        Assert.Equal(JobState.Completed, ended.State);
        Assert.Equal(JobCounts.Nothing with { Total = images, Done = images }, ended.Counts);
    }

    public IAsyncEnumerable<ModelName> ListModelsAsync(CancellationToken cancellationToken) =>
        new[] { Model }.ToAsyncEnumerable();

    public IAsyncEnumerable<ListedImage> ListImagesAsync(ModelName model, CancellationToken cancellationToken) =>
        Images.ToAsyncEnumerable().Select(Listed);

    public IAsyncEnumerable<ListedLabel> ListLabelsAsync(ModelName model, CancellationToken cancellationToken) =>
        Labeled.Select(LabelName.Of).Order(StringComparer.Ordinal)
            .Select(name => new ListedLabel(name, new LabelStamp("e", "v1"))).ToList().ToAsyncEnumerable();

    public async IAsyncEnumerable<ListedPage<ListedImage>> ListImagePagesAsync(
        ModelName model, string? from, int size, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var page = await Images.Where(name => from is null || Order.Compare(name, from) > 0).Take(size)
                .ToAsyncEnumerable().Select(Listed).ToListAsync(cancellationToken);
            from = page.Count == size && Order.Compare(page[^1].Name, Images[^1]) < 0 ? page[^1].Name : null;
            yield return new ListedPage<ListedImage>(page, from);
            if (from is null)
            {
                yield break;
            }
        }
    }

    public async IAsyncEnumerable<ListedPage<ListedLabel>> ListLabelPagesAsync(
        ModelName model, string? from, int? size, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var labels = await ListLabelsAsync(model, cancellationToken)
            .Where(label => string.CompareOrdinal(label.Name, from) > 0).ToListAsync(cancellationToken);
        foreach (var page in labels.Chunk(LabelPageSize))
        {
            LabelsListed += page.Length;
            yield return new ListedPage<ListedLabel>(page, page.Length == LabelPageSize ? page[^1].Name : null);
        }
    }

    private ListedImage Listed(string name)
    {
        Listing(name);
        return new ListedImage(name, "e");
    }

    private RescoreImages Found() => new(this, new StaleImages(this));

    private LostListings Listings() => new(
        Records, Documents, Messenger(), Time, NullLogger<LostListings>.Instance);

    private JobSender Sender() => new(
        Records, new JobShards(Documents), Progress, Messenger(), TimeProvider.System);

    // Two images per message make groups of sixteen.
    private BatchSender Messenger() => new(Queue.Both, Options.Create(new BatchOptions { Size = 2 }));
}
