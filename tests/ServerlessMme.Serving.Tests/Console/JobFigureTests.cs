using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Models;
using ServerlessMme.Serving.Console.Access;
using ServerlessMme.Serving.Console.Routes;
using ServerlessMme.Serving.Tests.Support;
using ServerlessMme.Testing.Emulation;

namespace ServerlessMme.Serving.Tests.Console;

[Collection(ConsoleCollection.Name)]
public sealed class JobFigureTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private RunningConsole _console = null!;

    private static CancellationToken None => TestContext.Current.CancellationToken;

    private JobRecords Records => _console.Services.GetRequiredService<JobRecords>();

    private JobShards Shards => _console.Services.GetRequiredService<JobShards>();

    public async ValueTask InitializeAsync() => _console = await RunningConsole.StartAsync(azurite.ConnectionString);

    public ValueTask DisposeAsync() => _console.DisposeAsync();

    [Fact]
    public async Task Everybody_who_watches_a_job_shares_one_sum_of_its_shards()
    {
        var figures = new JobFigures(
            Records, _console.Services.GetRequiredService<JobProgress>(), Shards, _time);
        var job = await CreateAsync();
        await CountAsync(job, "a", 3);

        var first = await figures.ReadAsync(job.Id, None);
        await CountAsync(job, "b", 4);
        var second = await figures.ReadAsync(job.Id, None);
        _time.Advance(TimeSpan.FromSeconds(1));
        var third = await figures.ReadAsync(job.Id, None);

        Assert.Equal([3, 3, 7], new[] { first, second, third }.Select(each => each!.Counts.Done));
    }

    [Fact]
    public async Task A_stop_shows_at_once_though_the_sum_is_kept()
    {
        var figures = new JobFigures(
            Records, _console.Services.GetRequiredService<JobProgress>(), Shards, _time);
        var job = await CreateAsync();
        await figures.ReadAsync(job.Id, None);
        await Records.CancelAsync(job.Id, new JobStop(await Records.NowAsync(None), "anna", "Canceled."), None);

        Assert.Equal(JobState.Cancelled, (await figures.ReadAsync(job.Id, None))!.State);
    }

    [Fact]
    public async Task A_stream_without_news_says_that_it_is_still_there()
    {
        await using var console = await RunningConsole.StartAsync(
            azurite.ConnectionString, change: services => services.AddSingleton<TimeProvider>(_time));
        var job = await CreateAsync();
        using var http = new HttpClient { BaseAddress = console.Url };
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/console/api/jobs/{job.Id}/events");
        request.Headers.TryAddWithoutValidation("Cookie", console.Cookie);
        request.Headers.TryAddWithoutValidation(ConsoleGate.CsrfHeader, console.Csrf);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, None);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(None));
        Assert.Equal("event: job", await lines.ReadLineAsync(None));

        var comment = CommentAsync(lines);
        while (!comment.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.StartsWith(": ", await comment, StringComparison.Ordinal);
    }

    private static async Task<string?> CommentAsync(StreamReader lines)
    {
        while (await lines.ReadLineAsync(None) is { } line)
        {
            if (line.StartsWith(':') || line.StartsWith("event: ", StringComparison.Ordinal))
            {
                return line;
            }
        }

        return null;
    }

    private async Task<Job> CreateAsync()
    {
        var model = ModelName.Parse("figures").Value;
        var now = await Records.NowAsync(None);
        var job = new Job(
            JobId.Create(model, now), JobKind.Submit, model, new JobAsked(), "anna", Job.NoThreshold,
            JobState.Listing, now, null, null, JobCounts.Nothing);
        Assert.True(await Records.TryCreateAsync(job, None));
        return job;
    }

    private Task CountAsync(Job job, string shard, long done) =>
        Shards.WriteAsync(job.Id, shard, JobShard.Of(JobCounts.Nothing with { Done = done }), None);
}
