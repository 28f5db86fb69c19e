using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Models;
using ServerlessMme.Functions.Hosting;
using ServerlessMme.Functions.Tests.Support;

namespace ServerlessMme.Functions.Tests;

public sealed class UpkeepServiceTests
{
    [Fact(Timeout = 60_000)]
    public async Task A_job_ends_though_nobody_asks_how_far_it_is()
    {
        var none = TestContext.Current.CancellationToken;
        await using var app = await App.StartAsync();
        var model = ModelName.Parse("ghost").Value;
        await app.Account.ImagesOf(model).CreateIfNotExistsAsync(cancellationToken: none);
        await app.DropAsync(model, "a.jpg");
        var sender = app.Get<JobSender>();
        var asked = new NewJob(JobKind.Submit, model, new JobAsked(Prefix: ""), "a test", Job.NoThreshold);
        var job = (await sender.StartAsync(null, asked, none))!;
        await sender.SendAsync(job, null, new[] { "a.jpg" }.ToAsyncEnumerable(), none);
        // The record was written a moment ago, so the last message leaves its shard for later.
        await app.Get<ClassifyQueued>().RunAsync(
            Assert.Single(await app.QueuedAsync()).ToJsonString(), Calls.Taken(1), none);
        var id = job.Id;

        using var upkeep = ActivatorUtilities.CreateInstance<UpkeepService>(app.Get<IServiceProvider>());
        await app.Get<WarmStart>().RunAsync(none);
        await upkeep.StartAsync(none);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while ((await app.Get<JobRecords>().FindAsync(id, none))!.EndedAt is null)
        {
            await timer.WaitForNextTickAsync(none);
        }

        await upkeep.StopAsync(none);

        Assert.Equal(
            new JobCounts(1, 0, 1, 0, 0, 0), (await app.Get<JobRecords>().FindAsync(id, none))!.Counts);
    }
}
