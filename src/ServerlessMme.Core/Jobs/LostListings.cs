using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Documents;
using ServerlessMme.Core.Queues;

namespace ServerlessMme.Core.Jobs;

/// <summary>
/// Sends the message of a queued re-scoring job again while no worker has started to list its images. The first may be
/// lost: its sender was killed between record and message, or its send failed. If the first still waits in the queue,
/// the second does no harm, because listings take over from each other. Thread-safe.
/// </summary>
public sealed class LostListings(
    JobRecords records, IDocumentStore documents, BatchSender messages, TimeProvider time, ILogger<LostListings> logger)
{
    private static readonly TimeSpan MinWait = TimeSpan.FromMinutes(1);

    /// <summary>Sends the job's message again if that is due. Of many workers, one does. Logs failures.</summary>
    internal async Task RepairAsync(Job job, CancellationToken cancellationToken)
    {
        try
        {
            if (IsDue(job)
                && await documents.FindVersionAsync(SendingLog.NameOf(job.Id), cancellationToken) is null
                && await records.ReadAsync(job.Id, cancellationToken) is { } stored && IsDue(stored.Job)
                && await records.TryReplaceAsync(
                    stored, stored.Job with { QueuedAt = time.GetUtcNow() }, cancellationToken))
            {
                await messages.SendRescoreAsync(job.Model, job.Id.Value, cancellationToken);
                logger.LogWarning("Job {Job} was not listed yet, so its message was sent again", job.Id);
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The other jobs must not wait for this one, which is checked again.
            logger.LogWarning(exception, "The message of job {Job} could not be sent again", job.Id);
        }
    }

    /// <summary>Each wait doubles the time so far, so a long queue gets few messages of one job.</summary>
    private bool IsDue(Job job)
    {
        if (job is not { State: JobState.Listing, QueuedAt: { } queuedAt })
        {
            return false;
        }

        var wait = queuedAt - job.StartedAt;
        return time.GetUtcNow() - queuedAt >= (wait > MinWait ? wait : MinWait);
    }
}
