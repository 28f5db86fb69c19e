using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Progress;
using ServerlessMme.Core.Jobs;
using Spectre.Console;

namespace ServerlessMme.Cli.Jobs;

/// <summary>
/// Shows a job's progress on standard error until it ends: a progress bar on a terminal, plain lines elsewhere. Standard
/// output has only the outcome.
/// </summary>
internal static class JobWatch
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Watches a job. Returns the exit code: 0 if the job completed, 1 if it was stopped or every image failed, 3 if it
    /// doesn't exist.
    /// </summary>
    public static async Task<int> RunAsync(JobProgress progress, JobId id, CancellationToken cancellationToken)
    {
        if (await progress.RefreshAsync(id, cancellationToken) is not { } first)
        {
            return JobsCommand.Missing(id);
        }

        var last = Screen.HasStyle(isError: true)
            ? await DrawAsync(progress, id, first, cancellationToken)
            : await PrintAsync(progress, id, first, cancellationToken);
        Console.WriteLine(JobText.Outcome(last));
        if (JobText.Failures(last) is { } failures)
        {
            await Console.Error.WriteLineAsync(failures);
        }

        return ExitCode(last);
    }

    /// <summary>Returns the exit code for an ended job.</summary>
    public static int ExitCode(Job job) =>
        job.State == JobState.Completed && !job.Counts.HaveAllFailed ? ExitCodes.Done : ExitCodes.Failed;

    private static async Task<Job> PrintAsync(
        JobProgress progress, JobId id, Job first, CancellationToken cancellationToken)
    {
        var watched = new Watched(first);
        if (first.EndedAt is not null)
        {
            return first;
        }

        using var lines = new ProgressLines(watched.ToString, Console.Error, TimeProvider.System, isImmediate: true);
        while (watched.Job.EndedAt is null)
        {
            watched.Job = await NextAsync(progress, id, cancellationToken);
        }

        return watched.Job;
    }

    private static Task<Job> DrawAsync(
        JobProgress progress, JobId id, Job first, CancellationToken cancellationToken) =>
        Screen.CreateError().Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(async context =>
            {
                var watched = new Watched(first);
                var task = context.AddTask(Markup.Escape(watched.ToString()));
                while (watched.Job is { EndedAt: null, Counts: var counts })
                {
                    task.IsIndeterminate = counts.Total is null;
                    task.MaxValue = Math.Max(1, counts.Total ?? 1);
                    task.Value = counts.Total is null ? 0 : counts.Answered;
                    task.Description = Markup.Escape(watched.ToString());
                    watched.Job = await NextAsync(progress, id, cancellationToken);
                }

                task.Value = task.MaxValue;
                return watched.Job;
            });

    private static async Task<Job> NextAsync(JobProgress progress, JobId id, CancellationToken cancellationToken)
    {
        await Task.Delay(Interval, TimeProvider.System, cancellationToken);
        var job = await progress.RefreshAsync(id, cancellationToken);
        return job ?? throw new IOException($"The record of job {id} was removed while the job was being watched.");
    }

    /// <summary>A job, with its rate since the watch began.</summary>
    private sealed class Watched(Job first)
    {
        private readonly long _started = TimeProvider.System.GetTimestamp();
        private readonly long _before = first.Counts.Answered;
        private volatile Job _job = first;

        public Job Job
        {
            get => _job;
            set => _job = value;
        }

        public override string ToString()
        {
            var job = _job;
            return JobText.Counts(job) + Pace.Rate(
                job.Counts.Answered - _before,
                job.Counts.Total - _before,
                TimeProvider.System.GetElapsedTime(_started));
        }
    }
}
