using Azure.Core;
using Azure.Core.Pipeline;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Processing;
using ServerlessMme.Core.Requests;
using ServerlessMme.Core.Rescore;
using ServerlessMme.Core.Tests.Jobs;
using ServerlessMme.Storage;
using ServerlessMme.Storage.Images;
using ServerlessMme.Storage.Labels;
using ServerlessMme.Testing.Emulation;
using ServerlessMme.Testing.Logs;
using ServerlessMme.Testing.Memory;

namespace ServerlessMme.Core.Tests.Processing;

[Collection("classify queue")]
public sealed class RescoreMessageTests(AzuriteFixture azurite)
{
    private static readonly CancellationToken None = CancellationToken.None;
    private ILogger<RequestRunner>? _log;
    private readonly Ledger _ledger = new(azurite.Account, new BlobLabelSink(azurite.Account));

    [Fact(Timeout = 60_000)]
    public async Task Message_of_a_job_is_answered_by_the_jobs_messages()
    {
        var (model, job) = await StartAsync(images: 1);
        var body = Body(model, job);

        Assert.Null(await ProcessAsync(body, TimeSpan.FromHours(1)));

        var request = Assert.Single(await QueuedAsync());
        Assert.Equal(["0.jpg"], request.Images);
        Assert.Equal(1, (await _ledger.Records.FindAsync(job.Id, None))!.Counts.Total);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_end_of_a_listing_is_logged_in_words()
    {
        var log = new RecordedLog<RequestRunner>();
        _log = log;
        var (model, job) = await StartAsync(images: 801);

        await ProcessAsync(Body(model, job), TimeSpan.Zero);
        await ProcessAsync(Body(model, job), TimeSpan.FromHours(1));

        Assert.Equal(
            [
                $"Job {job.Id}: the listing of its images continues with a new message",
                $"Job {job.Id}: its images are listed",
            ],
            log.Texts.Where(text => text.StartsWith("Job ", StringComparison.Ordinal)));
    }

    [Fact(Timeout = 60_000)]
    public async Task Message_whose_time_slice_is_over_is_sent_again_for_the_rest()
    {
        // A group is 800 images.
        var (model, job) = await StartAsync(images: 801);
        var body = Body(model, job);

        Assert.Null(await ProcessAsync(body, TimeSpan.Zero));

        var queued = await QueuedAsync();
        Assert.Equal(800, queued.Sum(request => request.Images.Count));
        Assert.Equal(job.Id.Value, Assert.Single(queued, request => request.IsRescore).Job);
        Assert.Equal(JobState.Listing, (await _ledger.Records.FindAsync(job.Id, None))!.State);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("20261122-231500-ghost-4f1a")]
    [InlineData("nightly")]
    public async Task Message_of_a_job_that_does_not_exist_asks_for_nothing(string job)
    {
        var (model, _) = await StartAsync(images: 1);
        var body = new BatchMessage(model.Value, null, null, job, Rescore: true).ToJson();

        Assert.Null(await ProcessAsync(body, TimeSpan.FromHours(1)));

        Assert.Empty(await QueuedAsync());
    }

    [Theory(Timeout = 60_000)]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    public async Task Message_that_was_taken_before_comes_again_where_another_worker_took_the_listing_over(
        int tries, int sent)
    {
        var (model, job) = await StartAsync(images: 1);
        var account = azurite.Observed(new WhenListed(model, () =>
        {
            var log = azurite.Account.Jobs.GetBlobClient($"sending/{job.Id}.json");
            var text = log.DownloadContent(None).Value.Content.ToString();
            text = text.Replace("\"run\": \"", "\"run\": \"other", StringComparison.Ordinal);
            log.Upload(BinaryData.FromString(text), overwrite: true, None);
        }));

        Assert.Null(await ProcessAsync(Body(model, job), TimeSpan.FromHours(1), tries, account));

        // It is hidden for a while; the queue counts it all the same.
        var properties = (await azurite.Account.Classify.GetPropertiesAsync()).Value;
        Assert.Equal(sent, properties.ApproximateMessagesCount);
    }

    [Fact(Timeout = 60_000)]
    public async Task Listings_of_one_batch_run_side_by_side()
    {
        var (first, one) = await StartAsync(images: 1);
        var (second, two) = await StartAsync(images: 1);
        // In turn, the first listing would wait for the second forever.
        var account = azurite.Observed(new Meeting([first.ImagesContainer, second.ImagesContainer]));

        var failures = await ProcessAsync(
            [new IncomingMessage(Body(first, one), 1), new IncomingMessage(Body(second, two), 1)],
            TimeSpan.FromHours(1),
            account);

        Assert.All(failures, Assert.Null);
        Assert.Equal(2, (await QueuedAsync()).Count);
    }

    private static byte[] Body(ModelName model, Job job) =>
        new BatchMessage(model.Value, null, null, job.Id.Value, Rescore: true).ToJson();

    private async Task<(ModelName Model, Job Job)> StartAsync(int images)
    {
        var model = await azurite.CreateModelAsync();
        await azurite.Account.Models.UploadBlobAsync($"{model}.tar.gz", BinaryData.FromString("never opened"));
        await Parallel.ForEachAsync(Enumerable.Range(0, images), async (i, stopping) =>
            await azurite.Account.ImagesOf(model).UploadBlobAsync($"{i}.jpg", BinaryData.FromString("x"), stopping));
        await azurite.Account.Classify.ClearMessagesAsync();
        var now = await _ledger.Records.NowAsync(None);
        var job = new Job(
            JobId.Create(model, now), JobKind.Rescore, model, new JobAsked(ChangedOnly: true), "a test",
            Job.NoThreshold, JobState.Listing, now, null, null, JobCounts.Nothing);
        Assert.True(await _ledger.Records.TryCreateAsync(job, None));
        return (model, job);
    }

    private async Task<IReadOnlyList<ClassifyRequest>> QueuedAsync() =>
    [
        .. (await azurite.Account.Classify.PeekMessagesAsync(maxMessages: 32)).Value.SelectMany(message =>
            MessageParser.Parse(message.Body.ToMemory()).Value.Requests),
    ];

    private async Task<Exception?> ProcessAsync(
        byte[] body, TimeSpan slice, int tries = 1, StorageAccount? account = null) =>
        (await ProcessAsync([new IncomingMessage(body, tries)], slice, account))[0];

    private async Task<IReadOnlyList<Exception?>> ProcessAsync(
        IReadOnlyList<IncomingMessage> messages, TimeSpan slice, StorageAccount? account)
    {
        using var classifier = new ClassifierWithoutModels(azurite.Account);
        var labels = new BlobLabelSink(azurite.Account);
        var processor = Processors.Create(
            account ?? azurite.Account,
            classifier.Classifier,
            new BlobImageSource(azurite.Account, AmpleMemory.Create(), Options.Create(new ImageOptions())),
            labels,
            Processors.Poison(azurite.Account),
            _ledger.Messages,
            rescore: new RescoreOptions { TimeSlice = slice },
            log: _log);
        return await processor.ProcessAsync(messages, None);
    }

    /// <summary>Does something once when a model's images are listed.</summary>
    private sealed class WhenListed(ModelName model, Action action) : HttpPipelineSynchronousPolicy
    {
        private int _times;

        public override void OnSendingRequest(HttpMessage message)
        {
            var uri = message.Request.Uri.ToUri();
            if (uri.AbsolutePath.EndsWith($"/{model.ImagesContainer}", StringComparison.Ordinal)
                && uri.Query.Contains("comp=list", StringComparison.Ordinal)
                && Interlocked.Increment(ref _times) == 1)
            {
                action();
            }
        }
    }

    /// <summary>Lets listings of containers go on once all of the containers are being listed.</summary>
    private sealed class Meeting(string[] containers) : HttpPipelinePolicy
    {
        private readonly TaskCompletionSource _met = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = containers.Length;

        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) =>
            throw new NotSupportedException();

        public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            var uri = message.Request.Uri.ToUri();
            if (uri.Query.Contains("comp=list", StringComparison.Ordinal)
                && containers.Any(name => uri.AbsolutePath.EndsWith($"/{name}", StringComparison.Ordinal)))
            {
                if (Interlocked.Decrement(ref _left) == 0)
                {
                    _met.SetResult();
                }

                await _met.Task.WaitAsync(message.CancellationToken);
            }

            await ProcessNextAsync(message, pipeline);
        }
    }
}
