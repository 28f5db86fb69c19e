using System.Globalization;
using ServerlessMme.Core.Jobs;

namespace ServerlessMme.Core.Tests.Rescore;

public sealed class RescoreListingTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    // Names that are a prefix of another sort differently as labels, and archives have other labels than images.
    private static readonly string[] Images =
    [
        "a", "a-b", "a.jpg", "a.zip", "a/b", "ab", "Z.tar.gz", "ü.jpg", "\"q\".jpg",
        .. Enumerable.Range(0, 90).Select(i => string.Create(CultureInfo.InvariantCulture, $"i{i:00}.jpg")),
        .. Enumerable.Range(0, 30).Select(i => new string('x', i + 1)),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Listing_sends_every_image_once(bool changedOnly)
    {
        var world = new RescoreWorld(Images);
        world.Labeled.UnionWith(["a", "i07.jpg", "xxx"]);
        var job = await world.StartAsync(changedOnly);

        Assert.Equal(SendingEnd.Complete, await world.RunAsync(job));

        world.AssertRequested(changedOnly ? Images.Except(world.Labeled) : Images);
        Assert.Equal(JobState.Running, (await world.Records.FindAsync(job.Id, None))!.State);
        await world.AssertCompletedAsync(job, Images.Length - (changedOnly ? 3 : 0));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Killed_at_any_point_the_next_try_goes_on_and_counts_every_image_once(
        bool changedOnly, bool after)
    {
        var point = 1;
        for (var isKilled = true; isKilled; point++)
        {
            var world = new RescoreWorld(Images);
            var job = await world.StartAsync(changedOnly);
            world.Faults.Arm(point, after);
            try
            {
                await world.RunAsync(job);
            }
            catch (KilledException)
            {
            }

            isKilled = !world.Faults.Disarm();
            Assert.Equal(SendingEnd.Complete, await world.RunAsync(job));

            world.AssertRequested(Images);
            await world.AssertCompletedAsync(job, Images.Length);
        }

        // Each of the messages and notes was such a point.
        Assert.True(point > Images.Length / 2, $"{point} points");
    }

    [Fact]
    public async Task Killed_at_every_point_in_turn_it_ends_all_the_same()
    {
        var world = new RescoreWorld(Images);
        var job = await world.StartAsync();
        var kills = 0;
        while (true)
        {
            // Takes the log over, repeats the group, notes the next one, and dies among its messages.
            world.Faults.Arm(15, after: kills % 2 == 0);
            try
            {
                await world.RunAsync(job);
                break;
            }
            catch (KilledException)
            {
                kills++;
            }
            finally
            {
                world.Faults.Disarm();
            }
        }

        Assert.True(kills > 5, $"{kills} kills");
        world.AssertRequested(Images);
        await world.AssertCompletedAsync(job, Images.Length);
    }

    [Fact]
    public async Task Images_that_were_labeled_or_removed_between_two_tries_are_not_missed_or_counted_twice()
    {
        var world = new RescoreWorld(Images);
        var job = await world.StartAsync(changedOnly: true);
        await world.KillAsync(job, 30);

        // The messages that were sent are answered, and the last image of them is gone.
        world.Labeled.UnionWith(world.Requested);
        world.Images.Remove(world.Requested[^1]);
        await world.RunAsync(job);

        world.AssertRequested(Images);
        await world.AssertCompletedAsync(job, Images.Length);
    }

    [Fact]
    public async Task Later_try_asks_for_the_version_of_the_first()
    {
        var world = new RescoreWorld(Images);
        var job = await world.StartAsync();
        await world.KillAsync(job, 30);
        world.Catalog.Versions["m"] = "v2";

        await world.RunAsync(job);

        Assert.All(world.Messages, text => Assert.Contains("\"version\":\"v1\"", text, StringComparison.Ordinal));
        await world.AssertCompletedAsync(job, Images.Length);
    }

    [Fact]
    public async Task Of_two_at_once_the_later_goes_on_and_the_earlier_stops()
    {
        var world = new RescoreWorld(Images);
        var job = await world.StartAsync();
        var later = Task.FromResult(SendingEnd.Paused);
        world.Listing = image =>
        {
            if (image == "i40.jpg")
            {
                world.Listing = _ => { };
                later = world.RunAsync(job);
            }
        };

        var earlier = await world.RunAsync(job);

        Assert.Equal((SendingEnd.TakenOver, SendingEnd.Complete), (earlier, await later));
        world.AssertRequested(Images);
        await world.AssertCompletedAsync(job, Images.Length);
    }

    [Fact]
    public async Task Try_after_the_end_changes_nothing()
    {
        var world = new RescoreWorld(Images);
        var job = await world.StartAsync();
        await world.RunAsync(job);
        await world.AnswerAsync(job);
        world.Images.Add("zzz");

        Assert.Equal(SendingEnd.Complete, await world.RunAsync(job));

        world.AssertRequested(Images);
        Assert.Equal(JobState.Completed, (await world.Records.FindAsync(job.Id, None))!.State);
    }

    [Fact]
    public async Task Time_slices_send_a_group_each_and_add_up()
    {
        var world = new RescoreWorld(Images);
        var job = await world.StartAsync();
        var slices = 1;
        while (await world.RunAsync(job, TimeSpan.Zero) == SendingEnd.Paused)
        {
            slices++;
        }

        Assert.Equal((Images.Length + 15) / 16, slices);
        Assert.Equal(world.Messages.Count, world.Queue.Sent.Count);
        world.AssertRequested(Images);
        await world.AssertCompletedAsync(job, Images.Length);
    }

    [Fact]
    public async Task Canceled_job_is_listed_no_further_and_ends_with_what_was_sent()
    {
        var world = new RescoreWorld(Images);
        var job = await world.StartAsync();
        world.Documents.BeforeWrite = async name =>
        {
            if (name == SendingLog.NameOf(job.Id) && world.Messages.Count > 8)
            {
                world.Documents.BeforeWrite = _ => Task.CompletedTask;
                await world.Records.ChangeAsync(job.Id, now => now with { State = JobState.Cancelled }, None);
            }
        };

        await world.RunAsync(job);

        Assert.InRange(world.Requested.Count, 32, Images.Length - 16);
        var ended = await world.AnswerAsync(job);
        Assert.Equal(JobState.Cancelled, ended.State);
        Assert.Equal(world.Requested.Count, ended.Counts.Total);
        Assert.NotNull(ended.EndedAt);
    }

    [Fact]
    public async Task Job_that_is_canceled_between_two_slices_ends_with_what_was_sent()
    {
        var world = new RescoreWorld(Images);
        var job = await world.StartAsync();
        await world.RunAsync(job, TimeSpan.Zero);
        await world.Records.ChangeAsync(job.Id, now => now with { State = JobState.Cancelled }, None);

        Assert.Equal(SendingEnd.Complete, await world.RunAsync(job));

        Assert.Equal(16, world.Requested.Count);
        Assert.Equal(16, (await world.Records.FindAsync(job.Id, None))!.Counts.Total);
    }

    [Fact]
    public async Task Model_that_is_gone_stops_the_job_with_a_reason()
    {
        var world = new RescoreWorld(Images);
        var job = await world.StartAsync();
        world.Catalog.Versions.Clear();

        await world.RunAsync(job);

        var stopped = (await world.Records.FindAsync(job.Id, None))!;
        Assert.Equal(JobState.Cancelled, stopped.State);
        Assert.StartsWith("No model 'm' is published.", stopped.Stopped!.Reason, StringComparison.Ordinal);
        Assert.NotNull(stopped.EndedAt);
        Assert.Empty(world.Queue.Sent);
    }

    [Fact]
    public async Task Nothing_is_sent_before_the_second_in_which_the_job_starts()
    {
        var world = new RescoreWorld(["a.jpg"]);
        world.Documents.Tick = TimeSpan.FromMilliseconds(400);
        var before = world.Documents.Now;
        var job = await world.StartAsync();
        DateTimeOffset? listed = null;
        world.Listing = _ => listed = world.Documents.Now;

        await world.RunAsync(job);

        // The store dates labels to the second: one written when the job was recorded is older than the job.
        Assert.Equal(before.AddSeconds(1), job.StartedAt);
        Assert.True(listed >= job.StartedAt, $"{listed:O} is before {job.StartedAt:O}.");
    }

    [Fact]
    public async Task Write_whose_answer_was_lost_is_not_taken_for_another_try()
    {
        var world = new RescoreWorld(Images);
        var job = await world.StartAsync();
        var notes = 0;
        // Taking the log over is a write too, which succeeds when repeated.
        world.Documents.BeforeWrite = name =>
        {
            world.Documents.LosesAnswer = name == SendingLog.NameOf(job.Id) && ++notes % 2 == 1;
            return Task.CompletedTask;
        };

        Assert.Equal(SendingEnd.Complete, await world.RunAsync(job));

        Assert.True(notes > 3, $"{notes} notes");
        await world.AssertCompletedAsync(job, Images.Length);
    }
}
