using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Output;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Jobs;
using Spectre.Console;

namespace ServerlessMme.Cli.Jobs;

/// <summary><c>mme jobs list</c>: lists jobs.</summary>
internal static class ListCommand
{
    private const int DefaultCount = 20;

    private static readonly string[] Columns =
    [
        "job", "kind", "model", "request", "by", "state", "total", "done", "unsure", "refused", "skipped", "givenUp",
        "cancelled", "startedAt", "endedAt",
    ];

    public static Command Create()
    {
        var count = new Option<int>("--count")
        {
            Description = "Number of jobs to show, newest first.",
            DefaultValueFactory = _ => DefaultCount,
        };
        var format = FormatOption.ForTable();
        var command = new Command("list", "Lists jobs, newest first.") { count };
        format.AddTo(command);
        return StorageHost.Run(command, async (parsed, services, cancellationToken) =>
        {
            var jobs = new List<Job>();
            var records = services.GetRequiredService<JobRecords>().ListAsync(unended: false, cancellationToken);
            await foreach (var job in records.Take(parsed.GetValue(count)))
            {
                // Only a running job needs fresh counts. The record of an ended job is final.
                jobs.Add(job.EndedAt is null
                    ? await services.GetRequiredService<JobProgress>()
                        .RefreshAsync(job.Id, cancellationToken) ?? job
                    : job);
            }

            Print(jobs, format.Of(parsed));
            return ExitCodes.Done;
        });
    }

    private static void Print(List<Job> jobs, OutputFormat format)
    {
        switch (format)
        {
            case OutputFormat.Json:
                // Each element equals the output of 'mme jobs show --json'.
                JsonOutput.Write(json =>
                {
                    json.WriteStartArray();
                    jobs.ForEach(job => json.WriteRawValue(JobJson.Write(job)));
                    json.WriteEndArray();
                });
                break;
            case OutputFormat.Csv:
                CsvOutput.Write(Columns, jobs.Select(Cells));
                break;
            default:
                Screen.Console.Write(TableOf(jobs));
                break;
        }
    }

    private static string?[] Cells(Job job) =>
    [
        job.Id.Value,
        job.Kind.ToString().ToLowerInvariant(),
        job.Model.Value,
        CsvOutput.Text(JobText.Asked(job)),
        CsvOutput.Text(job.By),
        job.State.ToString().ToLowerInvariant(),
        CsvOutput.Number(job.Counts.Total),
        CsvOutput.Number(job.Counts.Done),
        CsvOutput.Number(job.Counts.Unsure),
        CsvOutput.Number(job.Counts.Refused),
        CsvOutput.Number(job.Counts.Skipped),
        CsvOutput.Number(job.Counts.GivenUp),
        CsvOutput.Number(job.Counts.Cancelled),
        CsvOutput.Time(job.StartedAt),
        CsvOutput.Time(job.EndedAt),
    ];

    private static Table TableOf(IEnumerable<Job> jobs)
    {
        var table = new Table()
            .AddColumns("job", "request", "by", "state")
            .AddColumn("total", c => c.RightAligned()).AddColumn("done", c => c.RightAligned())
            .AddColumn("refused", c => c.RightAligned()).AddColumn("skipped", c => c.RightAligned())
            .AddColumn("other", c => c.RightAligned())
            .AddColumns("ended");
        foreach (var job in jobs)
        {
            var counts = job.Counts;
            table.AddRow(
                job.Id.Value, Markup.Escape(Printable.Text(JobText.Asked(job), 40)), Markup.Escape(job.By),
                JobText.Short(job.State), Number(counts.Total), Number(counts.Done), Number(counts.Refused),
                Number(counts.Skipped), Number(counts.GivenUp + counts.Cancelled),
                JobText.Time(job.EndedAt));
        }

        return table;
    }

    private static string Number(long? count) => count?.ToString(CultureInfo.InvariantCulture) ?? "";
}
