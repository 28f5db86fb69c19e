using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Jobs;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Cli.Tests.Jobs;

public sealed class JobWatchTests
{
    [Fact]
    public void A_job_whose_images_were_all_refused_has_failed()
    {
        var job = Ended(JobState.Completed, done: 0, refused: 3);

        Assert.Equal(ExitCodes.Failed, JobWatch.ExitCode(job));
        Assert.Equal($"All 3 images failed. 'mme jobs show {job.Id}' shows why.", JobText.Failures(job));
    }

    [Fact]
    public void A_job_with_some_refusals_succeeds_and_tells_how_to_see_them()
    {
        var job = Ended(JobState.Completed, done: 7, refused: 2, givenUp: 1);

        Assert.Equal(ExitCodes.Done, JobWatch.ExitCode(job));
        Assert.Equal(
            $"3 of 10 images failed. 'mme jobs show {job.Id}' shows why, and 'mme poison list' shows the images that "
                + "were given up.",
            JobText.Failures(job));
    }

    [Fact]
    public void A_job_without_refusals_says_nothing_of_them()
    {
        var job = Ended(JobState.Completed, done: 7, refused: 0);

        Assert.Equal(ExitCodes.Done, JobWatch.ExitCode(job));
        Assert.Null(JobText.Failures(job));
    }

    [Fact]
    public void An_empty_job_succeeds_and_a_stopped_one_does_not()
    {
        Assert.Equal(ExitCodes.Done, JobWatch.ExitCode(Ended(JobState.Completed, done: 0, refused: 0)));
        Assert.Equal(ExitCodes.Failed, JobWatch.ExitCode(Ended(JobState.Cancelled, done: 7, refused: 0)));
    }

    private static Job Ended(JobState state, long done, long refused, long givenUp = 0)
    {
        var model = ModelName.Parse("cifar10").Value;
        var at = new DateTimeOffset(2026, 11, 22, 23, 15, 0, TimeSpan.Zero);
        return new Job(
            JobId.Create(model, at), JobKind.Submit, model, new JobAsked(Prefix: ""), "anna", Job.NoThreshold, state,
            at, at, null, new JobCounts(done + refused + givenUp, done, refused, 0, givenUp, 0));
    }
}
