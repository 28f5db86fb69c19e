using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Queues;

namespace ServerlessMme.Core.Jobs;

/// <summary>Starts jobs and sends their messages. Thread-safe.</summary>
public sealed class JobSender(
    JobRecords records, JobShards shards, JobProgress progress, BatchSender sender, TimeProvider time)
{
    // Not a digest, because this shard counts images that are in no message.
    private const string OwnShard = "sender";

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxStartWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ClockPollInterval = TimeSpan.FromMilliseconds(50);

    // Messages sent in parallel.
    private const int MessagesAtOnce = 8;

    // Groups of messages sent between two checks for cancellation of the job.
    private const int GroupsBetweenChecks = 4;

    /// <summary>Images sent between two notes in the log, if as many come at once.</summary>
    internal int GroupSize => sender.Size * MessagesAtOnce;

    /// <summary>Creates a job's record, before anything is sent.</summary>
    /// <param name="id">Null creates a new name.</param>
    /// <returns>Null when another job of that name exists already.</returns>
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
            // The store dates labels to the second, so a label written before this moment is always older than the job.
            // Nothing is sent before it.
            now + Second,
            null,
            null,
            JobCounts.Nothing,
            asked.IsQueued ? now + Second : null);
        if (await records.TryCreateAsync(job, cancellationToken))
        {
            return job;
        }

        // The write may have succeeded while its answer was lost. A chosen name says nothing about who wrote it.
        return id is null && await records.FindAsync(job.Id, cancellationToken) == job ? job : null;
    }

    /// <summary>
    /// Sends a started job's images and records how many there were. Names that no message may contain count as
    /// refused. When sending fails, the job is canceled, so workers skip the messages already sent.
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
            // Counts what was sent only, because nobody answers unsent images. If a group was sent in part, its answers
            // raise the total of the canceled job. The caller's token may have ended the sending, so it must not end
            // this too.
            await progress.EndListingAsync(
                job.Id,
                log.State.Sent,
                $"Not all could be sent: {Printable.Text(exception.Message, 200)}",
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
    /// Sends what the log says is not sent for certain, and then images, group by group. Each group is noted in the log
    /// before it is sent.
    /// </summary>
    /// <param name="pages">The images from the log's position on. Messages may contain all of their names.</param>
    /// <param name="slice">When to pause. It begins with the first page, so every call gets on by at least one.</param>
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

    /// <summary>Notes and sends images. False when a later try has taken over.</summary>
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

    /// <exception cref="JobUnreadableException">The start is too far ahead: nobody waits for it.</exception>
    private async Task WaitForStartAsync(Job job, CancellationToken cancellationToken)
    {
        while (job.StartedAt - await records.NowAsync(cancellationToken) is var wait && wait > TimeSpan.Zero)
        {
            if (wait > MaxStartWait)
            {
                throw new JobUnreadableException(
                    $"{job.Id}.json", $"its startedAt, {job.StartedAt:O}, is {wait:c} ahead of storage's clock");
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

    /// <summary>A later try goes on.</summary>
    TakenOver,
}

/// <summary>A job to start.</summary>
/// <param name="By">Who requested it.</param>
/// <param name="ErrorThreshold">Images that may fail; <see cref="Job.NoThreshold"/> allows any number.</param>
/// <param name="IsQueued">True when a worker lists the images, and false when the caller does.</param>
public sealed record NewJob(
    JobKind Kind, ModelName Model, JobAsked Asked, string By, int ErrorThreshold, bool IsQueued = false)
{
    /// <summary>Longest <see cref="By"/> that is stored, in characters.</summary>
    public const int MaxBy = 128;
}
