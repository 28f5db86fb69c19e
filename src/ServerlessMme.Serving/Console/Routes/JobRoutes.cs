using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Rescore;
using ServerlessMme.Core.Review;
using ServerlessMme.Serving.Console.Documents;
using ServerlessMme.Serving.Console.Http;
using ServerlessMme.Serving.Console.Settings;

namespace ServerlessMme.Serving.Console.Routes;

/// <summary>Jobs: their records with current counts, their refusals and changes, and how to cancel one.</summary>
internal sealed class JobRoutes(
    JobRecords records, JobFigures figures, JobShards shards, ConsoleSettings settings, TimeProvider time)
{
    private const int PageSize = 50;
    private const int MaxRefusals = 200;
    private const int MaxCells = 10_000;
    private static readonly TimeSpan EventInterval = TimeSpan.FromSeconds(1);

    // Proxies close connections that are idle for a minute, some after 30 seconds.
    private static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(15);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/console/api/jobs", ListAsync);
        routes.MapGet("/console/api/jobs/{id}", ShowAsync);
        routes.MapGet("/console/api/jobs/{id}/events", WatchAsync);
        routes.MapGet("/console/api/jobs/{id}/changes", ChangesAsync);
        routes.MapPost("/console/api/jobs/{id}/cancel", CancelAsync);
    }

    private async Task ListAsync(HttpContext context)
    {
        var from = context.Text("from") is { } text ? Parse(text) : null;
        var jobs = await records.ListAsync(unended: false, from, context.RequestAborted)
            .Take(PageSize + 1).ToListAsync(context.RequestAborted);
        var items = new List<JsonElement>();
        foreach (var job in jobs.Take(PageSize))
        {
            items.Add(Element(await figures.ReadAsync(job, context.RequestAborted)));
        }

        await context.AnswerAsync(
            new JobPage(items, jobs.Count > PageSize ? jobs[^1].Id.Value : null), ConsoleJson.Default.JobPage);
    }

    private async Task ShowAsync(HttpContext context)
    {
        var id = Id(context);
        var job = await figures.ReadAsync(id, context.RequestAborted) ?? throw Missing(id);
        var refusals = job.Counts.Refused == 0
            ? []
            : await shards.ReadAsync(id, context.RequestAborted).SelectMany(shard => shard.Refusals).Take(MaxRefusals)
                .ToListAsync(context.RequestAborted);
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            foreach (var member in Element(job).EnumerateObject())
            {
                member.WriteTo(json);
            }

            json.WritePropertyName("refusals");
            JsonSerializer.Serialize(json, refusals, ConsoleJson.Default.IReadOnlyListRefusedImage);
            json.WriteEndObject();
        }

        await context.AnswerAsync(body.ToArray(), ConsoleBody.Json);
    }

    private async Task WatchAsync(HttpContext context)
    {
        var id = Id(context);
        var job = await figures.ReadAsync(id, context.RequestAborted) ?? throw Missing(id);
        var events = new EventStream(context);
        using var timer = new PeriodicTimer(EventInterval, time);
        await SendAsync(job);
        var sentAt = time.GetTimestamp();
        while (job.EndedAt is null && await timer.WaitForNextTickAsync(context.RequestAborted))
        {
            if (await figures.ReadAsync(id, context.RequestAborted) is not { } now)
            {
                return;
            }

            if (now != job)
            {
                await SendAsync(job = now);
                sentAt = time.GetTimestamp();
            }
            else if (time.GetElapsedTime(sentAt) >= MaxSilence)
            {
                await events.KeepAliveAsync();
                sentAt = time.GetTimestamp();
            }
        }

        Task SendAsync(Job current) => events.SendAsync("job", JobJson.Write(current));
    }

    private async Task ChangesAsync(HttpContext context)
    {
        var id = Id(context);
        var job = await records.FindAsync(id, context.RequestAborted) ?? throw Missing(id);
        var changes = await AnswerChanges.OfAsync(job, shards, context.RequestAborted);
        var pairs = new AnswerPairs();
        foreach (var change in changes.Changes)
        {
            if (change.From is { } from)
            {
                pairs.Add(from, change.To, change.Count);
            }
        }

        await context.AnswerAsync(
            new CellsBody(pairs.Labels([]), pairs.Most(MaxCells), pairs.Total, pairs.Same),
            ConsoleJson.Default.CellsBody);
    }

    private async Task CancelAsync(HttpContext context)
    {
        var id = Id(context);
        var stop = new JobStop(
            await records.NowAsync(context.RequestAborted), Printable.Text(settings.User, NewJob.MaxBy), "Canceled.");
        var stopped = await records.CancelAsync(id, stop, context.RequestAborted) ?? throw Missing(id);
        await context.AnswerAsync(JobJson.Write(stopped), ConsoleBody.Json);
    }

    private static JsonElement Element(Job job)
    {
        using var document = JsonDocument.Parse(JobJson.Write(job));
        return document.RootElement.Clone();
    }

    private static JobId Id(HttpContext context) => Parse((string?)context.Request.RouteValues["id"]);

    private static JobId Parse(string? text) => JobId.Parse(text)
        ?? throw ConsoleException.Invalid($"'{Printable.Text(text)}' is not the name of a job.");

    private static ConsoleException Missing(JobId id) => ConsoleException.NotFound($"There is no job '{id}'.");
}
