using Microsoft.Extensions.Options;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Requests;
using ServerlessMme.Core.Tests.Processing;
using ServerlessMme.Storage.Images;
using ServerlessMme.Storage.Labels;
using ServerlessMme.Storage.Queues;
using ServerlessMme.Testing.Emulation;
using ServerlessMme.Testing.Memory;

namespace ServerlessMme.Core.Tests.Jobs;

[Collection("classify queue")]
public sealed class JobCountingTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly AzuriteFixture _azurite;
    private readonly BlobLabelSink _labels;
    private readonly Ledger _ledger;
    private readonly JobSender _sender;

    public JobCountingTests(AzuriteFixture azurite)
    {
        _azurite = azurite;
        _labels = new BlobLabelSink(azurite.Account);
        _ledger = new Ledger(azurite.Account, _labels);
        _sender = new JobSender(
            _ledger.Records,
            _ledger.Shards,
            _ledger.Progress,
            new BatchSender(StorageMessageQueue.Of(azurite.Account), Options.Create(new BatchOptions())),
            TimeProvider.System);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_that_is_answered_twice_is_counted_once()
    {
        var (model, job) = await StartAsync();
        var message = Message(model, job, "a.jpg", "b.jpg");
        job = await _sender.SendAsync(job, "v1", Names("a.jpg", "b.jpg"), None);
        await LabelAsync(model, Answer("a.jpg"), new JobRecorder(job));
        // The worker is killed before it writes its shard. The second worker finds the first label.
        var second = new JobRecorder(job);
        await KeepAsync(model, "a.jpg", second);
        await LabelAsync(model, Refusal("b.jpg"), second);
        await RecordAsync(job, message, second);

        // The message comes a third time, because its worker was killed before it deleted the message.
        var third = new JobRecorder(job);
        await KeepAsync(model, "a.jpg", third);
        await KeepAsync(model, "b.jpg", third);
        await RecordAsync(job, message, third);

        var ended = await RefreshAsync(job);
        Assert.Equal(new JobCounts(2, 1, 1, 0, 0, 0), ended.Counts);
        Assert.Equal(JobState.Completed, ended.State);
        Assert.NotNull(ended.EndedAt);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_label_that_is_older_than_the_job_is_skipped()
    {
        var (model, job) = await StartAsync();
        await _labels.WriteAsync(model, Answer("a.jpg"), None);
        var later = job with { StartedAt = job.StartedAt.AddMinutes(1) };

        var recorder = new JobRecorder(later);
        await KeepAsync(model, "a.jpg", recorder);

        Assert.Equal(JobCounts.Nothing with { Skipped = 1 }, recorder.ShardOf(["a.jpg"], []).Counts);
    }

    [Fact(Timeout = 60_000)]
    public async Task Unsure_answers_are_done_and_counted_once_more()
    {
        var (model, job) = await StartAsync();
        var message = Message(model, job, "a.jpg", "b.jpg", "c.jpg");
        job = await _sender.SendAsync(job, "v1", Names("a.jpg", "b.jpg", "c.jpg"), None);
        await LabelAsync(model, Answer("a.jpg") with { IsUnsure = true }, new JobRecorder(job));

        // The second worker finds one unsure label, and writes another one.
        var second = new JobRecorder(job);
        await KeepAsync(model, "a.jpg", second);
        await LabelAsync(model, Answer("b.jpg") with { IsUnsure = true }, second);
        await LabelAsync(model, Answer("c.jpg"), second);
        await RecordAsync(job, message, second);

        Assert.Equal(new JobCounts(3, 3, 0, 0, 0, 0) { Unsure = 2 }, (await RefreshAsync(job)).Counts);
    }

    [Fact(Timeout = 60_000)]
    public async Task Many_workers_lose_no_count()
    {
        var (model, job) = await StartAsync();
        var names = Enumerable.Range(0, 1000).Select(i => $"{i}.jpg").ToArray();
        job = await _sender.SendAsync(job, "v1", Names(names), None);

        await Parallel.ForEachAsync(names.Chunk(10), async (chunk, _) =>
        {
            // Each worker has its own memory of the job.
            var worker = new Ledger(_azurite.Account, _labels);
            await RecordAsync(job, Message(model, job, chunk), new JobRecorder(job), worker);
        });

        var ended = await RefreshAsync(job);
        Assert.Equal(new JobCounts(1000, 1000, 0, 0, 0, 0), ended.Counts);
        Assert.Equal(JobState.Completed, ended.State);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_a_poison_message_leaves_unlabeled_is_given_up()
    {
        var (model, job) = await StartAsync();
        var message = Message(model, job, "a.jpg", "b.jpg", "c.jpg");
        job = await _sender.SendAsync(job, "v1", Names("a.jpg", "b.jpg", "c.jpg"), None);
        await _labels.WriteAsync(model, Answer("a.jpg"), None);

        await _ledger.Messages.GiveUpAsync(message, None);

        var ended = await RefreshAsync(job);
        Assert.Equal(new JobCounts(3, 1, 0, 0, 2, 0), ended.Counts);
        Assert.Equal(JobState.Completed, ended.State);

        // Tried again and answered, it takes the place of what was given up.
        await RecordAsync(job, message, new JobRecorder(job));
        Assert.Equal(new JobCounts(3, 3, 0, 0, 0, 0), (await RefreshAsync(job)).Counts);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_cancelled_jobs_messages_are_answered_without_work()
    {
        var (model, job) = await StartAsync();
        await _sender.SendAsync(job, "v1", Names("a.jpg", "b.jpg"), None);
        await _ledger.Records.ChangeAsync(
            job.Id, now => now with { State = JobState.Cancelled }, None);

        var failures = await ProcessAsync(Message(model, job, "a.jpg", "b.jpg"));

        Assert.Null(failures);
        Assert.Null(await _labels.FindAsync(model, "a.jpg", None));
        var ended = await RefreshAsync(job);
        Assert.Equal(new JobCounts(2, 0, 0, 0, 0, 2), ended.Counts);
        Assert.Equal(JobState.Cancelled, ended.State);
        Assert.NotNull(ended.EndedAt);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(0, JobState.Failed)]
    [InlineData(1, JobState.Completed)]
    [InlineData(Job.NoThreshold, JobState.Completed)]
    public async Task More_failures_than_the_threshold_stop_the_job(int threshold, JobState state)
    {
        var (model, job) = await StartAsync(threshold);
        await _sender.SendAsync(job, "v1", Names("a.jpg"), None);

        // There is no such image, and no model: it is refused.
        await ProcessAsync(Message(model, job, "a.jpg"));

        var ended = await RefreshAsync(job);
        Assert.Equal(state, ended.State);
        Assert.Equal(new JobCounts(1, 0, 1, 0, 0, 0), ended.Counts);
        Assert.Equal(state == JobState.Failed, ended.Stopped is not null);
    }

    [Fact(Timeout = 60_000)]
    public async Task Names_that_no_message_may_have_are_counted_as_refused()
    {
        var (_, job) = await StartAsync();

        job = await _sender.SendAsync(job, "v1", Names("../x", "a\\b"), None);

        Assert.Equal(new JobCounts(2, 0, 2, 0, 0, 0), job.Counts);
        Assert.Equal(JobState.Completed, job.State);
        var refusals = await _ledger.Shards.ReadAsync(job.Id, None)
            .SelectMany(shard => shard.Refusals).ToListAsync();
        Assert.Equal(["../x", "a\\b"], refusals.Select(refusal => refusal.Image));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_job_that_cannot_be_sent_whole_is_cancelled()
    {
        var (_, job) = await StartAsync();

        await Assert.ThrowsAsync<IOException>(() => _sender.SendAsync(job, "v1", Broken(), None));

        var stored = await _ledger.Records.FindAsync(job.Id, None);
        Assert.Equal(JobState.Cancelled, stored!.State);
        Assert.Contains("The disk is gone.", stored.Stopped!.Reason, StringComparison.Ordinal);

        static async IAsyncEnumerable<string> Broken()
        {
            await Task.CompletedTask;
            yield return "a.jpg";
            throw new IOException("The disk is gone.");
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task A_job_whose_messages_could_not_be_sent_ends_without_them()
    {
        var (_, job) = await StartAsync();
        await _azurite.Account.Classify.DeleteAsync();

        try
        {
            await Assert.ThrowsAnyAsync<Exception>(
                () => _sender.SendAsync(job, "v1", Names("a.jpg", "b.jpg"), None));
        }
        finally
        {
            await _azurite.Account.Classify.CreateAsync();
        }

        var stored = await _ledger.Records.FindAsync(job.Id, None);
        Assert.Equal(JobState.Cancelled, stored!.State);
        Assert.Equal(JobCounts.Nothing with { Total = 0 }, stored.Counts);
        Assert.NotNull(stored.EndedAt);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_job_whose_sender_was_killed_ends_when_it_is_cancelled()
    {
        var (model, job) = await StartAsync();
        Assert.Null((await RefreshAsync(job)).EndedAt);
        var cancelled = await _ledger.Records.ChangeAsync(
            job.Id, now => now with { State = JobState.Cancelled }, None);

        var ended = await RefreshAsync(job);
        Assert.Equal(JobCounts.Nothing with { Total = 0 }, ended.Counts);
        Assert.NotNull(ended.EndedAt);

        // What it had sent is answered later, and raises the total.
        await _ledger.Messages.CancelAsync(cancelled!, [.. Parts(Message(model, job, "a.jpg", "b.jpg"))], None);
        ended = await RefreshAsync(job);
        Assert.Equal(JobCounts.Nothing with { Total = 2, Cancelled = 2 }, ended.Counts);
        Assert.NotNull(ended.EndedAt);
    }

    [Fact]
    public void A_job_that_is_cancelled_while_it_is_sent_ends_when_all_is_answered()
    {
        var now = TimeProvider.System.GetUtcNow();
        var job = new Job(
            JobId.Parse("20261122-231500-m-4f1a")!, JobKind.Submit, ModelName.Parse("m").Value, new JobAsked(),
            "a test", Job.NoThreshold, JobState.Cancelled, now, null, null,
            JobCounts.Nothing);

        var early = JobProgress.WithCounts(job, JobCounts.Nothing with { Done = 1 }, now);
        var sent = early with { Counts = early.Counts with { Total = 3 } };
        var waiting = JobProgress.WithCounts(sent, JobCounts.Nothing with { Done = 1 }, now);
        var ended = JobProgress.WithCounts(waiting, JobCounts.Nothing with { Done = 1, Cancelled = 2 }, now);

        Assert.Null(waiting.EndedAt);
        Assert.Equal(new JobCounts(3, 1, 0, 0, 0, 2), ended.Counts);
        Assert.NotNull(ended.EndedAt);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_of_another_model_is_not_counted()
    {
        var (_, job) = await StartAsync();
        var other = await _azurite.CreateModelAsync();

        Assert.Null(await _ledger.Messages.FindAsync(job.Id.Value, other, None));
        Assert.Null(await _ledger.Messages.FindAsync("20000101-000000-none-0000", other, None));
        Assert.Null(await _ledger.Messages.FindAsync("../" + job.Id, other, None));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_job_is_created_once()
    {
        var model = await _azurite.CreateModelAsync();
        var id = JobId.ForSchedule(model, new DateTimeOffset(2026, 1, 1, 3, 0, 0, TimeSpan.Zero));
        var asked = new NewJob(JobKind.Rescore, model, new JobAsked(), "a", Job.NoThreshold);

        var started = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _sender.StartAsync(id, asked, None)));

        Assert.Single(started, job => job is not null);
    }

    private async Task<(ModelName Model, Job Job)> StartAsync(int threshold = Job.NoThreshold)
    {
        var model = await _azurite.CreateModelAsync();
        var asked = new NewJob(JobKind.Submit, model, new JobAsked(Prefix: ""), "a test", threshold);
        return (model, (await _sender.StartAsync(null, asked, None))!);
    }

    private async Task<Job> RefreshAsync(Job job) =>
        (await _ledger.Progress.RefreshAsync(job.Id, None))!;

    private async Task<Exception?> ProcessAsync(IncomingMessage message)
    {
        using var classifier = new ClassifierWithoutModels(_azurite.Account);
        var processor = Processors.Create(
            _azurite.Account,
            classifier.Classifier,
            new BlobImageSource(_azurite.Account, AmpleMemory.Create(), Options.Create(new ImageOptions())),
            _labels,
            Processors.Poison(_azurite.Account),
            _ledger.Messages);
        return (await processor.ProcessAsync([message], None))[0];
    }

    private async Task LabelAsync(ModelName model, Label label, JobRecorder recorder)
    {
        await _labels.WriteAsync(model, label, None);
        recorder.Labeled(label, replaced: null);
    }

    private async Task KeepAsync(ModelName model, string image, JobRecorder recorder)
    {
        var found = await _labels.FindAsync(model, image, None);
        Assert.NotNull(found);
        recorder.Kept(image, found);
    }

    private Task RecordAsync(Job job, IncomingMessage message, JobRecorder recorder, Ledger? worker = null) =>
        (worker ?? _ledger).Messages.RecordAsync(job, Parts(message), recorder, None);

    private static IncomingMessage Message(ModelName model, Job job, params string[] images) =>
        new(new BatchMessage(model.Value, images, null, job.Id.Value, "v1").ToJson(), 1);

    private static IEnumerable<MessagePart> Parts(IncomingMessage message) =>
        MessagePart.Split(MessageParser.Parse(message.Body).Value, message, 0);

    private static Label Answer(string image) => new(
        new ImageReference("images-m", image, "e1", 1), new AnsweringModel("m", "v1", null, null),
        [new ScoredClass("cat", 0, 1)], null, TimeProvider.System.GetUtcNow());

    private static Label Refusal(string image) =>
        Answer(image) with { Top = [], Error = new Refusal(ErrorCode.NotAnImage, "It is not.") };

    private static IAsyncEnumerable<string> Names(params string[] names) => names.ToAsyncEnumerable();
}
