using Microsoft.Extensions.Options;
using ServerlessMme.Core.Documents;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Rescore;

/// <summary>
/// Lists the images of a re-scoring job and sends its messages, one time slice per call. A call continues where the
/// previous call stopped, was killed or failed, and takes over from a call that is still running. Thread-safe.
/// </summary>
public sealed class RescoreListing(
    RescoreImages images,
    LatestRescores latest,
    IModelCatalog catalog,
    IDocumentStore documents,
    JobRecords records,
    JobProgress progress,
    JobSender sender,
    IOptions<RescoreOptions> options)
{
    /// <summary>Lists and sends for one time slice. Does nothing for a job whose listing has ended.</summary>
    internal async Task<SendingEnd> RunAsync(JobId id, CancellationToken cancellationToken)
    {
        // The caller's record may be some seconds old.
        if (await records.FindAsync(id, cancellationToken) is not { Kind: JobKind.Rescore, EndedAt: null } job
            || job.State is JobState.Running or JobState.Completed)
        {
            return SendingEnd.Complete;
        }

        var published = await catalog.FindAsync(job.Model, cancellationToken);
        await latest.SetUnlessLaterAsync(job, cancellationToken);
        var log = await SendingLog.TakeAsync(documents, id, published?.Version, cancellationToken);
        if (job.IsStopped || log.State.IsComplete)
        {
            await progress.EndListingAsync(id, log.State.Sent, null, cancellationToken);
            return SendingEnd.Complete;
        }

        if (published is null)
        {
            var reason = $"No model '{job.Model}' is published. Publish it, and then start the re-scoring again.";
            await progress.EndListingAsync(id, log.State.Sent, reason, cancellationToken);
            return SendingEnd.Complete;
        }

        // Every slice requests the first slice's version, so all messages of the job request the same version.
        var left = log.State.IsListed
            ? AsyncEnumerable.Empty<SendingPage>()
            : images.ListPagesAsync(
                job.Model, log.State, job.Asked.ChangedOnly == true, sender.GroupSize, cancellationToken);
        var end = await sender.SendAsync(job, log, left, options.Value.TimeSlice, cancellationToken);
        if (end == SendingEnd.Complete)
        {
            await progress.EndListingAsync(id, log.State.Sent, null, cancellationToken);
        }

        return end;
    }
}
