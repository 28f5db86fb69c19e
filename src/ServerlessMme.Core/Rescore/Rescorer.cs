using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Queues;

namespace ServerlessMme.Core.Rescore;

/// <summary>Scores a model's images again, as a job that records how the answers changed. Thread-safe.</summary>
public sealed class Rescorer(
    RescoreImages images,
    LatestRescores latest,
    JobSender sender,
    JobProgress progress,
    BatchSender messages,
    ILogger<Rescorer> logger)
{
    /// <summary>
    /// Creates the record of a job to queue with <see cref="QueueAsync"/>. Returns null if a job with that name already
    /// exists.
    /// </summary>
    /// <param name="id">Null creates a new name.</param>
    /// <param name="changedOnly">True to request only images without a current label.</param>
    public Task<Job?> StartAsync(
        JobId? id,
        ModelName model,
        bool changedOnly,
        string by,
        string? schedule,
        int errorThreshold,
        CancellationToken cancellationToken) => StartAsync(
            id,
            new NewJob(
                JobKind.Rescore,
                model,
                new JobAsked(ChangedOnly: changedOnly, Schedule: schedule),
                by,
                errorThreshold,
                IsQueued: true),
            cancellationToken);

    /// <summary>
    /// Creates the record of a job to send with <see cref="SendAsync"/>. Returns null if a job with that name already
    /// exists.
    /// </summary>
    /// <param name="id">Null creates a new name.</param>
    public async Task<Job?> StartAsync(JobId? id, NewJob asked, CancellationToken cancellationToken)
    {
        var job = await sender.StartAsync(id, asked, cancellationToken);
        if (job is null)
        {
            return null;
        }

        try
        {
            await latest.SetAsync(job, cancellationToken);
            return job;
        }
        catch when (asked.Asked.Schedule is null)
        {
            // A scheduled job continues instead: workers send its message, and record it as the latest.
            await CancelAsync(job);
            throw;
        }
    }

    /// <summary>Lists the images of a started job and sends its messages, in this process.</summary>
    /// <param name="model">The published version.</param>
    public Task<Job> SendAsync(Job job, ModelDescriptor model, CancellationToken cancellationToken) => sender.SendAsync(
        job,
        model.Version,
        images.ListAsync(model.Name, model.Version, job.Asked.ChangedOnly == true, cancellationToken),
        cancellationToken);

    /// <summary>
    /// Queues a started job in one message. The worker that receives it lists the images and sends the other messages.
    /// </summary>
    /// <exception cref="RescoreNotQueuedException">The message could not be sent.</exception>
    public async Task QueueAsync(Job job, CancellationToken cancellationToken)
    {
        try
        {
            await messages.SendRescoreAsync(job.Model, job.Id.Value, cancellationToken);
        }
        catch (Exception exception) when (job.Asked.Schedule is null)
        {
            throw new RescoreNotQueuedException(job, await CancelAsync(job), exception);
        }
    }

    /// <summary>
    /// Cancels a job that nobody will list. It doesn't use the caller's token, whose cancellation may have ended the
    /// sending. Returns true if the job is canceled.
    /// </summary>
    private async Task<bool> CancelAsync(Job job)
    {
        try
        {
            var ended = await progress.EndListingAsync(
                job.Id, 0, "The job could not be queued. Start the re-scoring again.", CancellationToken.None);
            return ended is { IsStopped: true };
        }
        catch (Exception exception)
        {
            logger.LogError(exception, "Job {Job} could not be canceled; it may still run", job.Id);
            return false;
        }
    }
}

/// <summary>A re-scoring job's message could not be sent.</summary>
/// <param name="isCanceled">False if the job may still run.</param>
internal sealed class RescoreNotQueuedException(Job job, bool isCanceled, Exception inner) : IOException(
    isCanceled
        ? $"The message of job '{job.Id}' could not be queued, so the job was canceled. Start the re-scoring again."
        : $"The message of job '{job.Id}' may not have been queued, and the job could not be canceled. "
            + $"GET /api/jobs/{job.Id} shows whether it is running.",
    inner);
