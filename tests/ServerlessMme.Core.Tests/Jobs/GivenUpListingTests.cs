using Microsoft.Extensions.Options;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Requests;
using ServerlessMme.Storage.Labels;
using ServerlessMme.Storage.Queues;
using ServerlessMme.Testing.Emulation;

namespace ServerlessMme.Core.Tests.Jobs;

[Collection("classify queue")]
public sealed class GivenUpListingTests(AzuriteFixture azurite)
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact(Timeout = 60_000)]
    public async Task A_job_whose_listing_is_given_up_is_cancelled_and_says_where_to_look()
    {
        var ledger = new Ledger(azurite.Account, new BlobLabelSink(azurite.Account));
        var sender = new JobSender(
            ledger.Records,
            ledger.Shards,
            ledger.Progress,
            new BatchSender(StorageMessageQueue.Of(azurite.Account), Options.Create(new BatchOptions())),
            TimeProvider.System);
        var model = await azurite.CreateModelAsync();
        var asked = new NewJob(JobKind.Rescore, model, new JobAsked(ChangedOnly: true), "a test", Job.NoThreshold);
        var job = (await sender.StartAsync(null, asked, None))!;
        var message = new IncomingMessage(
            new BatchMessage(model.Value, null, null, job.Id.Value, Rescore: true).ToJson(), 5);

        await ledger.Messages.GiveUpAsync(message, None);

        var ended = (await ledger.Progress.RefreshAsync(job.Id, None))!;
        Assert.Equal(JobState.Cancelled, ended.State);
        Assert.Contains("mme poison list", ended.Stopped!.Reason, StringComparison.Ordinal);
        Assert.NotNull(ended.EndedAt);
    }
}
