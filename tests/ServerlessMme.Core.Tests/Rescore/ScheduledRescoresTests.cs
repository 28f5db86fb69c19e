using System.ComponentModel.DataAnnotations;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Artifacts;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Reconcile;
using ServerlessMme.Core.Rescore;
using ServerlessMme.Core.Tests.Jobs;
using ServerlessMme.Storage.Documents;
using ServerlessMme.Storage.Labels;
using ServerlessMme.Storage.Models;
using ServerlessMme.Storage.Queues;
using ServerlessMme.Storage.Reconcile;
using ServerlessMme.Testing.Emulation;

namespace ServerlessMme.Core.Tests.Rescore;

[Collection("classify queue")]
public sealed class ScheduledRescoresTests(AzuriteFixture azurite)
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly DateTimeOffset Night = new(2026, 11, 22, 3, 0, 0, TimeSpan.Zero);
    private readonly Ledger _ledger = new(azurite.Account, new BlobLabelSink(azurite.Account));

    [Fact(Timeout = 60_000)]
    public async Task Of_many_workers_one_starts_what_is_due_and_once()
    {
        var model = await PublishAsync();
        await azurite.Account.ImagesOf(model).UploadBlobAsync("a.jpg", BinaryData.FromString("x"));
        await azurite.Account.Classify.ClearMessagesAsync();
        var workers = Enumerable.Range(0, 4).Select(_ => Create(model, "0 0 3 * * *", Night.AddMinutes(7))).ToList();

        await Task.WhenAll(workers.Select(worker => worker.StartDueAsync(None)));
        await Task.WhenAll(workers.Select(worker => worker.StartDueAsync(None)));

        var jobs = await _ledger.Records.ListAsync(unended: false, None)
            .Where(job => job.Model == model).ToListAsync();
        var job = Assert.Single(jobs);
        Assert.Equal($"20261122-030000-{model}-cron", job.Id.Value);
        Assert.Equal("0 0 3 * * *", job.Asked.Schedule);
        Assert.Equal(JobState.Listing, job.State);
        var messages = (await azurite.Account.Classify.PeekMessagesAsync(maxMessages: 32)).Value
            .Select(message => Encoding.UTF8.GetString(Convert.FromBase64String(message.Body.ToString())));
        Assert.Single(messages, text => text == $$"""{"model":"{{model}}","job":"{{job.Id}}","rescore":true}""");
    }

    [Theory(Timeout = 60_000)]
    [InlineData(-1)]
    [InlineData(61)]
    public async Task What_is_not_due_yet_or_long_past_is_not_started(int minutes)
    {
        var model = await PublishAsync();

        await Create(model, "0 0 3 * * *", Night.AddMinutes(minutes)).StartDueAsync(None);

        Assert.Null(await _ledger.Records.FindAsync(JobId.ForSchedule(model, Night), None));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_model_that_is_not_published_is_passed_over()
    {
        var model = await azurite.CreateModelAsync();

        await Create(model, "0 0 3 * * *", Night).StartDueAsync(None);

        Assert.Null(await _ledger.Records.FindAsync(JobId.ForSchedule(model, Night), None));
    }

    [Theory]
    [InlineData("cifar10", "0 0 3 * * *", true)]
    [InlineData("cifar10", "0 3 * * *", false)]
    [InlineData("cifar10", "nightly", false)]
    [InlineData("No Name", "0 0 3 * * *", false)]
    public void A_schedule_has_six_fields_and_a_models_name(string model, string schedule, bool isFine)
    {
        var options = new RescoreOptions { Schedules = { [model] = schedule } };

        Assert.Equal(isFine, !options.Validate(new ValidationContext(options)).Any());
    }

    private async Task<ModelName> PublishAsync()
    {
        var model = await azurite.CreateModelAsync();
        await azurite.Account.Models.UploadBlobAsync($"{model}.tar.gz", BinaryData.FromString("never opened"));
        return model;
    }

    private ScheduledRescores Create(ModelName model, string schedule, DateTimeOffset now)
    {
        var messages = new BatchSender(StorageMessageQueue.Of(azurite.Account), Options.Create(new BatchOptions()));
        var sender = new JobSender(
            _ledger.Records, _ledger.Shards, _ledger.Progress, messages, TimeProvider.System);
        var drops = new BlobDropListing(azurite.Account);
        return new ScheduledRescores(
            new Rescorer(
                new RescoreImages(drops, new StaleImages(drops)),
                new LatestRescores(new BlobDocumentStore(azurite.Account), _ledger.Records),
                sender,
                _ledger.Progress,
                messages,
                NullLogger<Rescorer>.Instance),
            new BlobModelCatalog(azurite.Account, new ArtifactFolder(Options.Create(new ArtifactOptions()))),
            Options.Create(new RescoreOptions { Schedules = { [model.Value] = schedule } }),
            new Stopped(now),
            NullLogger<ScheduledRescores>.Instance);
    }

    /// <summary>A clock that stands still.</summary>
    private sealed class Stopped(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
