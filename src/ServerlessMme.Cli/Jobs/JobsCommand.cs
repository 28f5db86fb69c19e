using System.CommandLine;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Changes;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Jobs;

namespace ServerlessMme.Cli.Jobs;

/// <summary><c>mme jobs list|show|watch|cancel</c>: shows and cancels jobs.</summary>
internal static class JobsCommand
{
    public static Command Create() => new ExampleCommand(
        "jobs",
        "Shows the jobs of 'mme submit' and 'mme rescore', and their progress.",
        """
        Examples:
          mme jobs list
          mme jobs list --json | jq -r '.[] | select(.state == "failed") | .id'
          mme jobs show 20261122-231500-cifar10-4f1a
          mme jobs show 20261122-231500-cifar10-4f1a --json
          mme jobs show 20261122-231500-cifar10-4f1a --report changes/
          mme jobs watch 20261122-231500-cifar10-4f1a
          mme jobs cancel 20261122-231500-cifar10-4f1a
        """)
    {
        ListCommand.Create(), Show(), Watch(), Cancel(),
    };

    /// <summary>Reports that the job doesn't exist, and returns the exit code.</summary>
    public static int Missing(JobId id)
    {
        Console.Error.WriteLine($"There is no job '{id}'. 'mme jobs list' lists the jobs.");
        return ExitCodes.NotFound;
    }

    private static Command Show()
    {
        var json = new Option<bool>("--json") { Description = "Print the job's record as JSON." };
        var report = JobOptions.Report();
        report.Description = "Folder for the report of a re-scoring job, as JSON and HTML.";
        var id = IdArgument();
        var command = new Command("show", "Shows a job with its current counts and some of its refused images.")
        {
            id, json, report,
        };
        return WithServices(command, async (parsed, services, cancellationToken) =>
        {
            var name = parsed.GetRequiredValue(id);
            if (await services.GetRequiredService<JobProgress>().RefreshAsync(name, cancellationToken) is not { } job)
            {
                return Missing(name);
            }

            if (parsed.GetValue(json))
            {
                Console.WriteLine(Encoding.UTF8.GetString(JobJson.Write(job)));
                return ExitCodes.Done;
            }

            Console.WriteLine($"""
                job        {job.Id} {JobText.State(job)}
                model      {job.Model}
                request    {Printable.Text(JobText.Asked(job))}, by {job.By}
                images     {JobText.Counts(job)}
                started    {JobText.Time(job.StartedAt)}
                ended      {(job.EndedAt is null ? "not yet" : JobText.Time(job.EndedAt))}
                threshold  {Threshold(job)}
                """);
            if (job.Asked.SkippedFiles is { } skipped)
            {
                Console.WriteLine($"files      {skipped.Count} skipped: {Printable.Text(skipped.ToString(), 500)}");
            }

            if (job.Stopped is { } stopped)
            {
                Console.WriteLine($"stopped    {JobText.Time(stopped.At)} by {stopped.By}: {stopped.Reason}");
            }

            var shards = services.GetRequiredService<JobShards>();
            await PrintRefusalsAsync(shards, name, job, cancellationToken);
            if (job.Kind == JobKind.Rescore)
            {
                await ChangesReport.WriteAsync(job, shards, parsed.GetValue(report), cancellationToken);
            }

            return ExitCodes.Done;
        });
    }

    private static Command Watch()
    {
        var id = IdArgument();
        var command = new Command(
            "watch",
            "Shows a job's progress until the job ends. Exits with 1 if it was stopped, or if every image failed.")
        {
            id,
        };
        return WithServices(command, (parsed, services, cancellationToken) => JobWatch.RunAsync(
            services.GetRequiredService<JobProgress>(), parsed.GetRequiredValue(id), cancellationToken));
    }

    private static Command Cancel()
    {
        var id = IdArgument();
        var by = JobOptions.By();
        var command = new Command("cancel", "Cancels a job. Waiting images get no labels, and existing labels stay.")
        {
            id, by,
        };
        return WithServices(command, async (parsed, services, cancellationToken) =>
        {
            var name = parsed.GetRequiredValue(id);
            var records = services.GetRequiredService<JobRecords>();
            var now = await records.NowAsync(cancellationToken);
            var stop = new JobStop(now, Printable.Text(parsed.GetRequiredValue(by), NewJob.MaxBy), "Canceled.");
            var cancelled = await records.CancelAsync(name, stop, cancellationToken);
            if (cancelled is null)
            {
                return Missing(name);
            }

            Console.WriteLine(cancelled.Stopped == stop
                ? $"{name} was canceled. Workers stop scoring its images within seconds."
                : $"{name} {JobText.State(cancelled)}. There is nothing to cancel.");
            return cancelled.Stopped == stop ? ExitCodes.Done : ExitCodes.Failed;
        });
    }

    private static async Task PrintRefusalsAsync(
        JobShards shards, JobId id, Job job, CancellationToken cancellationToken)
    {
        if (job.Counts.Refused == 0)
        {
            return;
        }

        var refusals = await shards.ReadAsync(id, cancellationToken)
            .SelectMany(shard => shard.Refusals).Take(JobShard.MaxRefusals).ToListAsync(cancellationToken);
        foreach (var refusal in refusals)
        {
            Console.WriteLine($"refused    {refusal.Image}: {refusal.Code}: {refusal.Message}");
        }

        if (job.Counts.Refused > refusals.Count)
        {
            Console.WriteLine($"           and {job.Counts.Refused - refusals.Count} more");
        }
    }

    private static Argument<JobId> IdArgument() => new("job")
    {
        Description = "The job's name, as 'mme submit' prints it.",
        CustomParser = result =>
        {
            if (JobId.Parse(result.Tokens[0].Value) is { } id)
            {
                return id;
            }

            result.AddError($"'{Printable.Text(result.Tokens[0].Value)}' is not the name of a job; names look like "
                + "20261122-231500-cifar10-4f1a, and 'mme jobs list' shows them.");
            return null!;
        },
    };

    private static Command WithServices(
        Command command, Func<ParseResult, IServiceProvider, CancellationToken, Task<int>> run) =>
        StorageHost.Run(command, run);

    private static string Threshold(Job job) =>
        job.ErrorThreshold == Job.NoThreshold ? "none" : $"{Counted.Of(job.ErrorThreshold, "image")} may fail";
}
