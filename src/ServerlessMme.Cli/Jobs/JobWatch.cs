using System.Globalization;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Jobs;
using Spectre.Console;

namespace ServerlessMme.Cli.Jobs;

/// <summary>Shows a job's progress until it ends: a progress bar on a terminal, plain lines elsewhere.</summary>
internal static class JobWatch
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Returns the exit code: 0 if the job completed, 1 if it was stopped or every image failed, 3 if it doesn't exist.
    /// </summary>
    public static async Task<int> RunAsync(JobProgress progress, JobId id, CancellationToken cancellationToken)
    {
        if (await progress.RefreshAsync(id, cancellationToken) is not { } first)
        {
            return JobsCommand.Missing(id);
        }

        var last = Console.IsOutputRedirected
            ? await PrintAsync(progress, id, first, cancellationToken)
            : await DrawAsync(progress, id, first, cancellationToken);
        Console.WriteLine(JobText.Outcome(last));
        if (JobText.Failures(last) is { } failures)
        {
            await Console.Error.WriteLineAsync(failures);
        }

        return ExitCode(last);
    }

    /// <summary>The exit code for an ended job.</summary>
    public static int ExitCode(Job job) =>
        job.State == JobState.Completed && !job.Counts.HaveAllFailed ? ExitCodes.Done : ExitCodes.Failed;

    private static async Task<Job> PrintAsync(
        JobProgress progress, JobId id, Job job, CancellationToken cancellationToken)
    {
        var rate = new Rate(job.Counts.Answered);
        var printed = "";
        while (job.EndedAt is null)
        {
            var counts = JobText.Counts(job);
            if (counts != printed)
            {
                Console.WriteLine($"{counts}{rate.Text(job.Counts)}");
            }

            printed = counts;
            job = await NextAsync(progress, id, cancellationToken);
        }

        return job;
    }

    private static Task<Job> DrawAsync(JobProgress progress, JobId id, Job job, CancellationToken cancellationToken) =>
        Screen.Console.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(async context =>
            {
                var task = context.AddTask(Markup.Escape(JobText.Counts(job)));
                var rate = new Rate(job.Counts.Answered);
                while (job.EndedAt is null)
                {
                    task.IsIndeterminate = job.Counts.Total is null;
                    task.MaxValue = Math.Max(1, job.Counts.Total ?? 1);
                    task.Value = job.Counts.Total is null ? 0 : job.Counts.Answered;
                    task.Description = Markup.Escape($"{JobText.Counts(job)}{rate.Text(job.Counts)}");
                    job = await NextAsync(progress, id, cancellationToken);
                }

                task.Value = task.MaxValue;
                return job;
            });

    private static async Task<Job> NextAsync(JobProgress progress, JobId id, CancellationToken cancellationToken)
    {
        await Task.Delay(Interval, TimeProvider.System, cancellationToken);
        var job = await progress.RefreshAsync(id, cancellationToken);
        return job ?? throw new IOException($"The record of job {id} was removed while it was watched.");
    }

    /// <summary>Images per second since the watch began, and the time left at that rate.</summary>
    private sealed class Rate(long before)
    {
        private readonly long _started = TimeProvider.System.GetTimestamp();

        public string Text(JobCounts counts)
        {
            var perSecond = (counts.Answered - before) / TimeProvider.System.GetElapsedTime(_started).TotalSeconds;
            if (perSecond < 0.01)
            {
                return "";
            }

            var left = counts.Total is { } total
                ? $", {TimeSpan.FromSeconds(Math.Round((total - counts.Answered) / perSecond)):g} left"
                : "";
            return string.Create(CultureInfo.InvariantCulture, $", {perSecond:0.0}/s{left}");
        }
    }
}
