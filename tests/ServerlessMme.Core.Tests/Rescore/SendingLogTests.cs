using System.Globalization;
using System.Text;
using ServerlessMme.Core.Documents;
using ServerlessMme.Core.Jobs;

namespace ServerlessMme.Core.Tests.Rescore;

public sealed class SendingLogTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private static readonly string[] Names =
        [.. Enumerable.Range(0, 90).Select(i => string.Create(CultureInfo.InvariantCulture, $"i{i:00}.jpg"))];

    [Fact(Timeout = 10_000)]
    public async Task Job_that_starts_in_ten_years_is_refused_at_once()
    {
        var world = new RescoreWorld(["a.jpg"]);
        world.Documents.Tick = TimeSpan.Zero;
        var job = await world.StartAsync();
        await world.Records.ChangeAsync(job.Id, now => now with { StartedAt = now.StartedAt.AddYears(10) }, None);

        var refused = await Assert.ThrowsAsync<JobUnreadableException>(() => world.RunAsync(job));

        Assert.Contains("its startedAt, 2036-", refused.Message, StringComparison.Ordinal);
        Assert.Empty(world.Queue.Sent);
    }

    [Fact]
    public async Task Sending_log_that_is_unreadable_must_not_be_removed()
    {
        var world = new RescoreWorld(["a.jpg"]);
        var job = await world.StartAsync();
        await world.Documents.WriteAsync(
            SendingLog.NameOf(job.Id), new NewDocument("[]"u8.ToArray()), WriteCondition.None, None);

        var refused = await Assert.ThrowsAsync<JobUnreadableException>(() => world.RunAsync(job));

        Assert.StartsWith(
            $"'jobs/sending/{job.Id}.json' is not a valid sending log: ", refused.Message, StringComparison.Ordinal);
        Assert.EndsWith(
            "Don't remove it, or its job will count images twice. Cancel the job, and then start a new one.",
            refused.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Slices_get_on_through_images_that_are_all_current()
    {
        var names = Enumerable.Range(0, 500).Select(i => $"i{i:000}.jpg").ToArray();
        var world = new RescoreWorld(names);
        world.Labeled.UnionWith(names.Where(name => name is not ("i100.jpg" or "i499.jpg")));
        var job = await world.StartAsync(changedOnly: true);
        var listed = 0;
        world.Listing = _ => listed++;
        var slices = 1;
        while (await world.RunAsync(job, TimeSpan.Zero) == SendingEnd.Paused)
        {
            slices++;
        }

        Assert.Equal((32, 500), (slices, listed));
        Assert.InRange(world.LabelsListed, 500, 500 + (slices * 2 * 20));
        world.AssertRequested(["i100.jpg", "i499.jpg"]);
        await world.AssertCompletedAsync(job, 2);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_image_is_sent_once_in_whatever_order_storage_lists(bool changedOnly)
    {
        var backwards = Comparer<string>.Create((x, y) => string.CompareOrdinal(y, x));
        var world = new RescoreWorld(Names, backwards);
        var job = await world.StartAsync(changedOnly);
        await world.KillAsync(job, 30);
        while (await world.RunAsync(job, TimeSpan.Zero) == SendingEnd.Paused)
        {
        }

        world.AssertRequested(Names);
        await world.AssertCompletedAsync(job, Names.Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Listing_that_an_earlier_version_began_goes_on_after_its_last_image(bool changedOnly)
    {
        var world = new RescoreWorld(Names);
        var job = await world.StartAsync(changedOnly);
        var log = """{"run":"r","version":"v1","sent":50,"messages":[],"images":0,"last":"i49.jpg"}""";
        await world.Documents.WriteAsync(
            SendingLog.NameOf(job.Id),
            new NewDocument(Encoding.UTF8.GetBytes(log)),
            WriteCondition.Absent,
            None);
        while (await world.RunAsync(job, TimeSpan.Zero) == SendingEnd.Paused)
        {
        }

        world.AssertRequested(Names.Skip(50));
        Assert.Equal(90, (await world.Records.FindAsync(job.Id, None))!.Counts.Total);
    }
}
