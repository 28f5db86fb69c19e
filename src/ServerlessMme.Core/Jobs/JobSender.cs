using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Queues;

namespace ServerlessMme.Core.Jobs;

/// <summary>Starts jobs and sends their messages. Thread-safe.</summary>
public sealed class JobSender(
    JobRecords records, JobShards shards, JobProgress progress, BatchSender sender, TimeProvider time)
{
    // Not a digest, because this shard counts images that aren't in any message.
    private const string OwnShard = "sender";

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxStartWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ClockPollInterval = TimeSpan.FromMilliseconds(50);

    // Number of messages to send in parallel.
    private const int MessagesAtOnce = 8;

    // Number of groups of messages to send before checking whether the job was canceled.
    private const int GroupsBetweenChecks = 4;

    /// <summary>Maximum number of images to send between two log entries.</summary>
    internal int GroupSize => sender.Size * MessagesAtOnce;

    /// <summary>Creates a job's record. Call it before sending anything.</summary>
    /// <param name="id">The job's name; null creates a new one.</param>
    /// <returns>The job; null if a job with that name already exists.</returns>
    public async Task<Job?> StartAsync(JobId? id, NewJob asked, CancellationToken cancellationToken)
    {
        var now = await records.NowAsync(cancellationToken);
        var job = new Job(
            id ?? JobId.Create(asked.Model, now),
            asked.Kind,
            asked.Model,
            asked.Asked,
            Printable.Text(asked.By, NewJob.MaxBy),
            asked.ErrorThreshold,
            JobState.Listing,
            // The store dates labels to the second. Nothing is sent before this moment, so every label written before
            // it is older than the job.
            now + Second,
            null,
            null,
            JobCounts.Nothing,
            asked.IsQueued ? now + Second : null);
        if (await records.TryCreateAsync(job, cancellationToken))
        {
            return job;
        }

        // The write may have succeeded although its response was lost. A chosen name doesn't show who wrote it.
        return id is null && await records.FindAsync(job.Id, cancellationToken) == job ? job : null;
    }

    /// <summary>
    /// Sends a started job's images and records how many there were. Names that no message may contain count as
    /// refused. If sending fails, the job is canceled, so workers skip the messages already sent.
    /// </summary>
    /// <param name="version">The model version that the caller saw published.</param>
    public async Task<Job> SendAsync(
        Job job, string? version, IAsyncEnumerable<string> images, CancellationToken cancellationToken)
    {
        var log = SendingLog.InMemory(version);
        var refused = new List<RefusedImage>();
        var refusedCount = 0L;
        var pages = images.Where(IsGood).Chunk(GroupSize).Select(chunk => new SendingPage(chunk, null, null));
        try
        {
            await SendAsync(job, log, pages, TimeSpan.MaxValue, cancellationToken);
            if (refusedCount > 0)
            {
                var counts = JobCounts.Nothing with { Refused = refusedCount };
                await shards.WriteAsync(job.Id, OwnShard, new JobShard(counts, refused, []), cancellationToken);
            }

            var total = log.State.Sent + refusedCount;
            return await progress.EndListingAsync(job.Id, total, null, cancellationToken) ?? job;
        }
        catch (Exception exception)
        {
            // Counts only images that were sent, because no worker answers the others. If a group was sent in part, its
            // answers raise the total of the canceled job. The caller's token may be the cause, so it must not cancel
            // this call.
            await progress.EndListingAsync(
                job.Id,
                log.State.Sent,
                $"Sending the messages failed: {Printable.Text(exception.Message, 200)}",
                CancellationToken.None);
            throw;
        }

        bool IsGood(string image)
        {
            if (ImageName.Check(image) is not { } refusal)
            {
                return true;
            }

            if (++refusedCount <= JobShard.MaxRefusals)
            {
                refused.Add(RefusedImage.Of(image, refusal));
            }

            return false;
        }
    }

    /// <summary>
    /// Sends the logged messages that aren't marked as sent, and then the remaining images, group by group. Logs each
    /// group before sending it.
    /// </summary>
    /// <param name="pages">The images from the log's position on. All names must be valid in messages.</param>
    /// <param name="slice">Time until a pause. It begins with the first page, so every call makes progress.</param>
    internal async Task<SendingEnd> SendAsync(
        Job job,
        SendingLog log,
        IAsyncEnumerable<SendingPage> pages,
        TimeSpan slice,
        CancellationToken cancellationToken)
    {
        await WaitForStartAsync(job, cancellationToken);
        await sender.SendAsync(log.State.Messages, cancellationToken);
        log.MarkSent();
        var began = time.GetTimestamp();
        var groups = 0;
        var waiting = new List<string>();
        await foreach (var page in pages.WithCancellation(cancellationToken))
        {
            waiting.AddRange(page.Images);
            log.MoveTo(page);
            var isOver = page.Next is not null && time.GetElapsedTime(began) >= slice;
            if (waiting.Count >= GroupSize || (isOver && waiting.Count > 0))
            {
                if (!await SendGroupAsync(job, log, waiting, cancellationToken))
                {
                    return SendingEnd.TakenOver;
                }

                waiting.Clear();
                if (++groups % GroupsBetweenChecks == 0
                    && await records.FindAsync(job.Id, cancellationToken) is not { IsStopped: false })
                {
                    break;
                }
            }

            if (isOver)
            {
                return await log.CloseAsync(isComplete: false, cancellationToken)
                    ? SendingEnd.Paused
                    : SendingEnd.TakenOver;
            }
        }

        if (waiting.Count > 0 && !await SendGroupAsync(job, log, waiting, cancellationToken))
        {
            return SendingEnd.TakenOver;
        }

        return await log.CloseAsync(isComplete: true, cancellationToken) ? SendingEnd.Complete : SendingEnd.TakenOver;
    }

    /// <summary>Logs and sends images. Returns false if a later try has taken over.</summary>
    private async Task<bool> SendGroupAsync(
        Job job, SendingLog log, IReadOnlyList<string> images, CancellationToken cancellationToken)
    {
        var messages = await sender.CreateAsync(job.Model, images, log.State.Version, job.Id.Value, cancellationToken);
        if (!await log.NoteAsync(messages, images, cancellationToken))
        {
            return false;
        }

        await sender.SendAsync(messages, cancellationToken);
        log.MarkSent();
        return true;
    }

    /// <exception cref="JobUnreadableException">The start is too far in the future to wait for.</exception>
    private async Task WaitForStartAsync(Job job, CancellationToken cancellationToken)
    {
        while (job.StartedAt - await records.NowAsync(cancellationToken) is var wait && wait > TimeSpan.Zero)
        {
            if (wait > MaxStartWait)
            {
                throw new JobUnreadableException(
                    $"{job.Id}.json",
                    $"its startedAt, {job.StartedAt:O}, is {wait:c} ahead of the storage service's clock");
            }

            await Task.Delay(ClockPollInterval, time, cancellationToken);
        }
    }
}

/// <summary>How sending a job's messages ended.</summary>
internal enum SendingEnd
{
    /// <summary>All messages are sent, or the job was stopped.</summary>
    Complete,

    /// <summary>The time slice is over.</summary>
    Paused,

    /// <summary>A later try continues.</summary>
    TakenOver,
}

/// <summary>A job to start.</summary>
/// <param name="By">Who requested it.</param>
/// <param name="ErrorThreshold">Number of images that may fail; <see cref="Job.NoThreshold"/> allows any.</param>
/// <param name="IsQueued">True if a worker lists the images, false if the caller does.</param>
public sealed record NewJob(
    JobKind Kind, ModelName Model, JobAsked Asked, string By, int ErrorThreshold, bool IsQueued = false)
{
    /// <summary>Maximum length of <see cref="By"/> to store, in characters.</summary>
    public const int MaxBy = 128;
}
