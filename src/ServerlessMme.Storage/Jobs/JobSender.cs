




using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Storage.Queues;

namespace ServerlessMme.Storage.Jobs;

/// <summary>Starts jobs and sends their messages. Thread-safe.</summary>
public sealed class JobSender(
    JobRecords records, JobShards shards, JobProgress progress, BatchSender sender, TimeProvider time)
{
    // Not a digest: the shard of what is in no message.
    private const string OwnShard = "sender";

    private static readonly TimeSpan ClockLook = TimeSpan.FromMilliseconds(50);

    // Messages that are sent side by side.
    private const int MessagesAtOnce = 8;

    // How often it is looked whether somebody has cancelled the job meanwhile.
    private const int GroupsBetweenLooks = 4;

    /// <summary>Creates a job's record, before anything is sent.</summary>
    /// <param name="id">Null takes a new name.</param>
    /// <returns>Null when a job of that name has been created already.</returns>
    public async Task<Job?> StartAsync(JobId? id, NewJob asked, CancellationToken cancellationToken)
    {
        var now = await NextSecondAsync(cancellationToken);
        var job = new Job(
            (id ?? JobId.Create(asked.Model, now)).Value,
            asked.Kind,
            asked.Model.Value,
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
    /// Sends a started job's images, and says how many they were. Names that no message may have are counted as
    /// refused. When this fails, the job is cancelled: what was sent is not worked on.
    /// </summary>
    /// <param name="version">The model version that was seen published.</param>
    public async Task<Job> SendAsync(
        Job job, string? version, IAsyncEnumerable<string> images, CancellationToken cancellationToken)
    {
        var id = JobId.Parse(job.Id)!;
        var model = ModelName.Parse(job.Model).Value;
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

                await sender.SendAsync(model, good, version, job.Id, cancellationToken);
                // Counted after that: nobody answers what was not sent. Of a group that was sent in part, answers
                // raise the total of a stopped job.
                sent += good.Count;
                if (++groups % GroupsBetweenLooks == 0
                    && await records.FindAsync(id, cancellationToken) is not { IsStopped: false })
                {
                    break;
                }
            }

            if (refusedCount > 0)
            {
                var counts = JobCounts.Nothing with { Refused = refusedCount };
                await shards.WriteAsync(id, OwnShard, new JobShard(counts, refused, []), cancellationToken);
            }

            return await EndListingAsync(id, sent + refusedCount, null, cancellationToken) ?? job;
        }
        catch (Exception exception)
        {
            // Not with the caller's token, which may be what ended it.
            await EndListingAsync(
                id, sent, $"Not all could be sent: {Printable.Text(exception.Message, 200)}", CancellationToken.None);
            throw;
        }
    }

    /// <summary>
    /// The beginning of a second. Storage tells times in whole ones: what was labelled before this is older than the
    /// job.
    /// </summary>
    private async Task<DateTimeOffset> NextSecondAsync(CancellationToken cancellationToken)
    {
        var asked = await records.NowAsync(cancellationToken);
        var now = asked;
        while (now == asked)
        {
            await Task.Delay(ClockLook, time, cancellationToken);
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

/// <summary>A job as it is asked for.</summary>
/// <param name="By">Who asks.</param>
/// <param name="ErrorThreshold">Images that may fail; <see cref="Job.NoThreshold"/> for any number.</param>
public sealed record NewJob(JobKind Kind, ModelName Model, JobAsked Asked, string By, int ErrorThreshold)
{
    /// <summary>Characters of <see cref="By"/> that are kept.</summary>
    public const int MaxBy = 128;
}
