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

    private static readonly TimeSpan ClockPollInterval = TimeSpan.FromMilliseconds(50);

    // Messages sent in parallel.
    private const int MessagesAtOnce = 8;

    // Groups of messages sent between two checks for cancellation of the job.
    private const int GroupsBetweenChecks = 4;

    /// <summary>Creates a job's record, before anything is sent.</summary>
    /// <param name="id">Null creates a new name.</param>
    /// <returns>Null when a job of that name exists already.</returns>
    public async Task<Job?> StartAsync(JobId? id, NewJob asked, CancellationToken cancellationToken)
    {
        var now = await NextSecondAsync(cancellationToken);
        var job = new Job(
            id ?? JobId.Create(asked.Model, now),
            asked.Kind,
            asked.Model,
            asked.Asked,
            Printable.Text(asked.By, NewJob.MaxBy),
            asked.ErrorThreshold,
            JobState.Listing,
            now,
            null,
            null,
            JobCounts.Nothing);
        return await records.TryCreateAsync(job, cancellationToken) ? job : null;
    }

    /// <summary>
    /// Sends a started job's images and records how many there were. Names that no message may contain count as
    /// refused. When sending fails, the job is canceled, so workers skip the messages already sent.
    /// </summary>
    /// <param name="version">The model version that the caller saw published.</param>
    public async Task<Job> SendAsync(
        Job job, string? version, IAsyncEnumerable<string> images, CancellationToken cancellationToken)
    {
        var sent = 0L;
        var refused = new List<RefusedImage>();
        var refusedCount = 0L;
        try
        {
            var groups = 0;
            await foreach (var chunk in images.Chunk(sender.Size * MessagesAtOnce).WithCancellation(cancellationToken))
            {
                var good = new List<string>(chunk.Length);
                foreach (var image in chunk)
                {
                    if (ImageName.Check(image) is not { } refusal)
                    {
                        good.Add(image);
                    }
                    else if (++refusedCount <= JobShard.MaxRefusals)
                    {
                        refused.Add(RefusedImage.Of(image, refusal));
                    }
                }

                await sender.SendAsync(job.Model, good, version, job.Id.Value, cancellationToken);
                // Counted only now, because nobody answers unsent images. If a group was sent in part, its
                // answers raise the total of the canceled job.
                sent += good.Count;
                if (++groups % GroupsBetweenChecks == 0
                    && await records.FindAsync(job.Id, cancellationToken) is not { IsStopped: false })
                {
                    break;
                }
            }

            if (refusedCount > 0)
            {
                var counts = JobCounts.Nothing with { Refused = refusedCount };
                await shards.WriteAsync(job.Id, OwnShard, new JobShard(counts, refused, []), cancellationToken);
            }

            return await EndListingAsync(job.Id, sent + refusedCount, null, cancellationToken) ?? job;
        }
        catch (Exception exception)
        {
            // The caller's token may have ended the sending, so it must not end this too.
            await EndListingAsync(
                job.Id,
                sent,
                $"Not all could be sent: {Printable.Text(exception.Message, 200)}",
                CancellationToken.None);
            throw;
        }
    }

    /// <summary>
    /// The beginning of a second. The store dates labels to the second, so a label written before this moment is
    /// always older than the job.
    /// </summary>
    private async Task<DateTimeOffset> NextSecondAsync(CancellationToken cancellationToken)
    {
        var asked = await records.NowAsync(cancellationToken);
        var now = asked;
        while (now == asked)
        {
            await Task.Delay(ClockPollInterval, time, cancellationToken);
            now = await records.NowAsync(cancellationToken);
        }

        return now;
    }

    private async Task<Job?> EndListingAsync(JobId id, long total, string? failure, CancellationToken cancellationToken)
    {
        var now = await records.NowAsync(cancellationToken);
        await records.ChangeAsync(id, job => job with
        {
            Counts = job.Counts with { Total = total },
            State = job.IsStopped ? job.State : failure is null ? JobState.Running : JobState.Cancelled,
            Stopped = job.Stopped ?? (failure is null ? null : new JobStop(now, job.By, failure)),
        }, cancellationToken);
        return await progress.RefreshAsync(id, cancellationToken);
    }
}

/// <summary>A job to start.</summary>
/// <param name="By">Who requested it.</param>
/// <param name="ErrorThreshold">Images that may fail; <see cref="Job.NoThreshold"/> allows any number.</param>
public sealed record NewJob(JobKind Kind, ModelName Model, JobAsked Asked, string By, int ErrorThreshold)
{
    /// <summary>Longest <see cref="By"/> that is stored, in characters.</summary>
    public const int MaxBy = 128;
}
