using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Documents;
using ServerlessMme.Core.Queues;

namespace ServerlessMme.Core.Jobs;

/// <summary>
/// Resends the message of a queued re-scoring job until a worker starts to list its images. The first message may be
/// lost if its sender was killed between record and message, or if sending failed. If the first message is still in the
/// queue, the second does no harm, because listings take over from each other. Thread-safe.
/// </summary>
public sealed class LostListings(
    JobRecords records, IDocumentStore documents, BatchSender messages, TimeProvider time, ILogger<LostListings> logger)
{
    private static readonly TimeSpan MinWait = TimeSpan.FromMinutes(1);

    /// <summary>Resends the job's message if it is due. Of many workers, only one resends it. Logs failures.</summary>
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
                logger.LogWarning(
                    "No worker has started to list the images of job {Job}, so its message was sent again", job.Id);
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Don't keep the other jobs waiting; this one is checked again later.
            logger.LogWarning(exception, "The message of job {Job} could not be sent again", job.Id);
        }
    }

    /// <summary>
    /// Returns true if the message must be resent. Each wait is longer, so a long queue gets few messages per job.
    /// </summary>
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
