using System.Text;
using ServerlessMme.Core.Documents;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Requests;
using ServerlessMme.Core.Rescore;

namespace ServerlessMme.Core.Tests.Rescore;

public sealed class RescorerTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Queued_job_is_one_message_and_nothing_is_listed()
    {
        var world = new RescoreWorld(["a.jpg"]) { Listing = _ => Assert.Fail("An image was listed.") };
        var job = await world.StartAsync();

        await world.Rescorer().QueueAsync(job, None);

        var request = Assert.Single(MessageParser.Parse(
            Encoding.UTF8.GetBytes(Assert.Single(world.Queue.Sent))).Value.Requests);
        Assert.Equal((RescoreWorld.Model, job.Id.Value, true), (request.Model, request.Job, request.IsRescore));
        Assert.Equal(job, await world.Records.FindAsync(job.Id, None));
        Assert.Null(job.Counts.Total);
    }

    [Fact]
    public async Task Latest_job_of_a_model_is_the_one_started_last()
    {
        var world = new RescoreWorld([]);
        Assert.Null(await world.Latest.FindAsync(RescoreWorld.Model, None));

        await world.StartAsync();
        var second = await world.StartAsync();

        Assert.Equal(second, await world.Latest.FindAsync(RescoreWorld.Model, None));
    }

    [Fact]
    public async Task Job_that_the_queue_does_not_take_is_canceled_with_a_reason()
    {
        var world = new RescoreWorld(["a.jpg"]);
        var job = await world.StartAsync();
        world.Documents.BeforeWrite = _ =>
        {
            world.Faults.Disarm();
            return Task.CompletedTask;
        };
        world.Faults.Arm(1, after: false);

        var failure = await Assert.ThrowsAsync<RescoreNotQueuedException>(
            () => world.Rescorer().QueueAsync(job, None));

        Assert.Contains(job.Id.Value, failure.Message, StringComparison.Ordinal);
        var stored = (await world.Records.FindAsync(job.Id, None))!;
        Assert.Equal((JobState.Cancelled, 0), (stored.State, stored.Counts.Total));
        Assert.Contains("queue", stored.Stopped!.Reason, StringComparison.Ordinal);
        Assert.NotNull(stored.EndedAt);
    }

    [Fact]
    public async Task Job_that_could_not_be_canceled_either_is_not_called_canceled()
    {
        var world = new RescoreWorld(["a.jpg"]);
        var job = await world.StartAsync();
        world.Faults.Arm(1, after: false);

        var failure = await Assert.ThrowsAsync<RescoreNotQueuedException>(
            () => world.Rescorer().QueueAsync(job, None));

        Assert.Contains("could not be canceled", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"GET /api/jobs/{job.Id} ", failure.Message, StringComparison.Ordinal);
        Assert.Equal(JobState.Listing, (await world.Records.FindAsync(job.Id, None))!.State);
    }

    [Fact]
    public async Task Job_of_another_model_is_not_a_models_latest()
    {
        var world = new RescoreWorld([]);
        var other = ModelName.Parse("other").Value;
        var job = await world.StartAsync() with { Id = JobId.Create(other, DateTimeOffset.UnixEpoch), Model = other };
        await world.Records.TryCreateAsync(job, None);

        await world.Documents.WriteAsync(
            "rescores/m.json",
            new NewDocument(Encoding.UTF8.GetBytes($$"""{"job":"{{job.Id}}"}""")),
            WriteCondition.None,
            None);

        Assert.Null(await world.Latest.FindAsync(RescoreWorld.Model, None));
    }
}
