using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Archives;
using ServerlessMme.Core.Candidates;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Requests;
using ServerlessMme.Core.Rescore;
using ServerlessMme.Core.Tracing;

namespace ServerlessMme.Core.Processing;

/// <summary>
/// Runs requests: classifies images, processes an archive or lists a job's images for one time slice, splits requests
/// that are too large for one message, and skips those of a stopped job. Counts messages that are part of a job.
/// Thread-safe.
/// </summary>
public sealed class RequestRunner(
    BatchClassifier classifier,
    IImageSource images,
    ILabelSink labels,
    ArchiveRuns archives,
    RescoreListing rescores,
    JobTracker jobs,
    BatchSender sender,
    ShadowScorer shadows,
    LabelMetrics metrics,
    ILogger<RequestRunner> logger)
{
    // Delay of a message while another worker processes its archive or listing.
    private static readonly TimeSpan TakenDelay = TimeSpan.FromSeconds(20);

    private readonly ImageTurns _turns = new();

    /// <summary>Answers one drop that a trigger reported without a message.</summary>
    public async Task RunDropAsync(ModelName model, string drop, CancellationToken cancellationToken)
    {
        var request = new ClassifyRequest(model, [drop], SkipLabeled: true).SplitArchives().Single();
        using var span = MessagingSpans.StartBatch(model.Value, []);
        if (request.Archive is not null)
        {
            await RunArchiveAsync(request, job: null, [], cancellationToken);
            return;
        }

        var written = await ClassifyAsync(request, recorder: null, cancellationToken);
        await shadows.ScoreAsync(model, written, cancellationToken);
    }

    /// <summary>Answers the parts of messages that request the same kind of work.</summary>
    /// <param name="kind">The request that the parts share, without images.</param>
    internal async Task RunAsync(ClassifyRequest kind, MessagePart[] parts, CancellationToken cancellationToken)
    {
        var job = await jobs.FindAsync(kind.Job, kind.Model, cancellationToken);
        if (kind.IsRescore)
        {
            await RunListingAsync(kind, job, parts, cancellationToken);
        }
        else if (job is { IsStopped: true })
        {
            await jobs.CancelAsync(job, parts, cancellationToken);
        }
        else if (kind.Archive is not null && parts.Any(part => part.IsAlone))
        {
            await RunArchiveAsync(parts[0].Request, job, parts, cancellationToken);
        }
        else if (kind.Archive is not null)
        {
            // An archive takes a long time, so it gets its own message.
            await SplitAsync(parts[0].Request, parts[0].Request.Images.ToAsyncEnumerable(), cancellationToken);
        }
        else if (kind.Prefix is not null)
        {
            await SplitAsync(kind, images.ListAsync(kind.Model, kind.Prefix, cancellationToken), cancellationToken);
        }
        else
        {
            await RunImagesAsync(kind, job, parts, cancellationToken);
        }
    }

    private async Task RunImagesAsync(
        ClassifyRequest kind, Job? job, MessagePart[] parts, CancellationToken cancellationToken)
    {
        foreach (var large in parts.Where(part => part.Request.Images.Count > sender.Size))
        {
            await SplitAsync(large.Request, large.Request.Images.ToAsyncEnumerable(), cancellationToken);
        }

        parts = [.. parts.Where(part => part.Request.Images.Count <= sender.Size)];
        if (parts.Length == 0)
        {
            return;
        }

        var names = parts.SelectMany(part => part.Request.Images).Distinct(StringComparer.Ordinal).ToList();
        var recorder = job is null ? null : new JobRecorder(job);
        var written = await ClassifyAsync(kind with { Images = names }, recorder, cancellationToken);
        if (recorder is not null)
        {
            await jobs.RecordAsync(job!, parts, recorder, cancellationToken);
        }

        // A candidate scores live drops only. Re-scored images are not live.
        if (job?.Kind != JobKind.Rescore)
        {
            await shadows.ScoreAsync(kind.Model, written, cancellationToken);
        }
    }

    /// <returns>The labels that were written for new drops.</returns>
    private async Task<IReadOnlyCollection<Label>> ClassifyAsync(
        ClassifyRequest request, JobRecorder? recorder, CancellationToken cancellationToken)
    {
        using var turn = await _turns.WaitAsync(request.Model.Value, request.Images, cancellationToken);
        var written = new WrittenLabels(new CountedLabels(metrics, request.Model, recorder));
        var counts = await classifier.RunAsync(request, images, labels, written, cancellationToken);
        Note(counts);
        logger.LogInformation(
            "{Model}: {Done} labeled, {Refused} refused, {Skipped} already current",
            request.Model, counts.Done, counts.Refused, counts.Skipped);
        return written.Labels;
    }

    private async Task RunArchiveAsync(
        ClassifyRequest request, Job? job, MessagePart[] parts, CancellationToken cancellationToken)
    {
        try
        {
            var (state, counts) = await classifier.RunAsync(
                request, archives, new CountedLabels(metrics, request.Model, inner: null), cancellationToken);
            if (state == ArchiveState.Paused)
            {
                // A new message resets the dequeue count, because nothing failed. It has the same text, so the job
                // counts it in the same shard when the archive is complete.
                await sender.SendAgainAsync(request, TimeSpan.Zero, cancellationToken);
            }

            Note(counts);
            logger.LogInformation(
                "{Model}: {Archive} is {State}: {Done} entries labeled, {Refused} refused",
                request.Model, request.Archive, state, counts.Done, counts.Refused);
            if (job is not null && state != ArchiveState.Paused)
            {
                await jobs.RecordArchiveAsync(job, parts, state == ArchiveState.Complete, cancellationToken);
            }
        }
        catch (ArchiveTakenException taken)
        {
            // The other worker has its own message, which stays until the archive is answered. That message may not
            // belong to a job, so a job's own message comes back later. And after a retry, the other worker may hold
            // this very message: if that worker dies, the request would be lost.
            logger.LogInformation("{Reason}", taken.Message);
            if (job is not null || parts.Any(part => part.IsRetry))
            {
                await sender.SendAgainAsync(request, TakenDelay, cancellationToken);
            }
        }
    }

    private static void Note(BatchCounts counts)
    {
        var span = Spans.Current;
        span?.SetTag(Spans.Labeled, counts.Done);
        span?.SetTag(Spans.Refused, counts.Refused);
        span?.SetTag(Spans.Skipped, counts.Skipped);
    }

    private async Task RunListingAsync(
        ClassifyRequest request, Job? job, MessagePart[] parts, CancellationToken cancellationToken)
    {
        if (job is null)
        {
            logger.LogWarning(
                "{Model} has no job '{Job}', so the message that requests its listing is skipped",
                request.Model,
                Printable.Text(request.Job));
            return;
        }

        var end = await rescores.RunAsync(job.Id, cancellationToken);
        logger.LogInformation("Job {Job}: {Progress}", job.Id, end switch
        {
            SendingEnd.Complete => "its images are listed",
            SendingEnd.Paused => "the listing of its images continues with a new message",
            _ => "another worker is listing its images",
        });
        if (end == SendingEnd.Paused)
        {
            // A new message resets the dequeue count, because nothing failed.
            await sender.SendAgainAsync(request, TimeSpan.Zero, cancellationToken);
        }
        else if (end == SendingEnd.TakenOver && parts.Any(part => part.IsRetry))
        {
            // The other worker may hold this very message: if that worker dies, the request would be lost.
            await sender.SendAgainAsync(request, TakenDelay, cancellationToken);
        }
    }

    private async Task SplitAsync(
        ClassifyRequest request, IAsyncEnumerable<string> names, CancellationToken cancellationToken)
    {
        var count = await sender.SendPartsAsync(request, names, cancellationToken);
        logger.LogInformation("{Model}: requested {Count} images in smaller messages", request.Model, count);
    }
}
