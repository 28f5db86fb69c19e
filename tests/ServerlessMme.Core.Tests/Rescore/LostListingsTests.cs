using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Rescore;

namespace ServerlessMme.Core.Tests.Rescore;

public sealed class LostListingsTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly DateTimeOffset Night = new(2026, 11, 22, 3, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _time = new(Night);
    private readonly RescoreWorld _world = new(["a.jpg"]);

    public LostListingsTests() => _world.Time = _time;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Scheduled_job_whose_creator_was_killed_is_listed_all_the_same(int operation)
    {
        _world.Faults.Arm(operation, after: operation < 3);
        await Scheduled().StartDueAsync(None);
        _world.Faults.Disarm();
        await Scheduled().StartDueAsync(None);
        Assert.Empty(_world.Queue.Sent);

        _time.Advance(TimeSpan.FromMinutes(2));
        await _world.Progress.CheckUnendedAsync(None);

        var job = (await _world.Records.FindAsync(JobId.ForSchedule(RescoreWorld.Model, Night), None))!;
        Assert.Equal(JobState.Listing, job.State);
        Assert.Contains(job.Id.Value, Assert.Single(_world.Queue.Sent), StringComparison.Ordinal);
        await _world.RunAsync(job);
        Assert.Equal(job.Id, (await _world.Latest.FindAsync(RescoreWorld.Model, None))!.Id);
    }

    [Fact]
    public async Task Job_whose_creator_was_killed_before_its_message_is_listed_all_the_same()
    {
        var job = await _world.StartAsync();
        _time.Advance(TimeSpan.FromMinutes(2));

        await Task.WhenAll(_world.Progress.CheckUnendedAsync(None), _world.Progress.CheckUnendedAsync(None));

        Assert.Contains(job.Id.Value, Assert.Single(_world.Queue.Sent), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Message_is_sent_again_less_and_less_often()
    {
        await _world.StartAsync();
        for (var minute = 0; minute < 60; minute++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            await _world.Progress.CheckUnendedAsync(None);
        }

        Assert.InRange(_world.Queue.Sent.Count, 3, 6);
    }

    [Fact]
    public async Task Message_that_the_queue_does_not_take_keeps_no_other_job_waiting()
    {
        await _world.StartAsync();
        await _world.StartAsync();
        _time.Advance(TimeSpan.FromMinutes(2));
        var writes = 0;
        // After the first record's write, the queue fails once.
        _world.Documents.BeforeWrite = _ =>
        {
            if (++writes == 2)
            {
                _world.Faults.Disarm();
            }

            return Task.CompletedTask;
        };
        _world.Faults.Arm(2, after: false);

        await _world.Progress.CheckUnendedAsync(None);

        Assert.Single(_world.Queue.Sent);
    }

    [Fact]
    public async Task Job_that_is_being_listed_has_ended_or_is_sent_by_its_creator_gets_no_other_message()
    {
        var listed = await _world.StartAsync();
        await SendingLog.TakeAsync(_world.Documents, listed.Id, "v1", None);
        var canceled = await _world.StartAsync();
        await _world.Records.ChangeAsync(canceled.Id, job => job with { State = JobState.Cancelled }, None);
        var asked = new NewJob(JobKind.Rescore, RescoreWorld.Model, new JobAsked(), "a test", Job.NoThreshold);
        await _world.Rescorer().StartAsync(null, asked, None);
        var sent = _world.Queue.Sent.Count;

        _time.Advance(TimeSpan.FromMinutes(2));
        await _world.Progress.CheckUnendedAsync(None);

        Assert.Equal(sent, _world.Queue.Sent.Count);
    }

    [Fact]
    public async Task Created_job_whose_answer_was_lost_is_not_taken_for_another()
    {
        _world.Documents.LosesAnswer = true;

        Assert.NotNull(await _world.StartAsync());
    }

    private ScheduledRescores Scheduled() => new(
        _world.Rescorer(),
        _world.Catalog,
        Options.Create(new RescoreOptions { Schedules = { ["m"] = "0 0 3 * * *" } }),
        _time,
        NullLogger<ScheduledRescores>.Instance);
}
