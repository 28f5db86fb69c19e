using System.Text.Json;
using ServerlessMme.Integration.Tests.Jobs;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Console;

/// <summary>The progress of a job that runs while the console shows it.</summary>
public sealed class JobStreamTests(JobsFixture jobs) : IClassFixture<JobsFixture>
{
    [Fact(Timeout = 240_000)]
    public async Task Events_of_a_running_job_come_until_it_ends()
    {
        await jobs.PushAsync(jobs.First, "shown");
        await jobs.RunAsync("submit", jobs.Images, "--model", "shown");
        await using var mme = MmeProcess.Start(jobs.Storage.Connection, "console", "--port", "0", "--no-open");
        using var console = await ConsoleClient.OfAsync(mme);
        await console.SignInAsync(console.Token);
        var job = (await console.GetAsync("/console/api/jobs")).GetProperty("items").EnumerateArray()
            .Single(each => each.GetProperty("model").GetString() == "shown").GetProperty("id").GetString();
        using var answer = await console.SendAsync(HttpMethod.Get, $"/console/api/jobs/{job}/events");
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());

        // The first event comes before there is a worker.
        var events = new List<JsonElement> { (await NextAsync(lines))!.Value };
        await using (await jobs.StartWorkerAsync(("Mme__Reconcile__Interval", "00:00:00")))
        {
            while (await NextAsync(lines) is { } next)
            {
                events.Add(next);
            }
        }

        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("running", events[0].GetProperty("state").GetString());
        Assert.Equal(0, Done(events[0]));
        Assert.All(events.SkipLast(1), each => Assert.False(each.TryGetProperty("endedAt", out _)));
        Assert.Equal("completed", events[^1].GetProperty("state").GetString());
        Assert.Equal(60, Done(events[^1]));
        Assert.Equal(events.Select(Done).Order(), events.Select(Done));
    }

    private static long Done(JsonElement job) => job.GetProperty("counts").EnumerateObject()
        .Where(count => count.Name != "total").Sum(count => count.Value.GetInt64());

    /// <summary>The job of the next event; null at the stream's end.</summary>
    private static async Task<JsonElement?> NextAsync(StreamReader lines)
    {
        var json = "";
        while (await lines.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                json += line["data: ".Length..];
            }
            else if (line.Length == 0 && json.Length > 0)
            {
                using var document = JsonDocument.Parse(json);
                return document.RootElement.Clone();
            }
        }

        return null;
    }
}
