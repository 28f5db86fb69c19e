using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Core.Jobs;

/// <summary>Counts messages for the jobs that they belong to. Thread-safe.</summary>
public sealed class JobTracker(
    JobRecords records,
    JobShards shards,
    JobProgress progress,
    ILabelSink labels,
    TimeProvider time,
    ILogger<JobTracker> logger)
{
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(5);
    private const int MaxRemembered = 1000;
    private const int Parallelism = 8;

    private const string ListingGivenUp = "The job's images could not be listed and sent; 'mme poison list' shows the "
        + "reason. Fix the cause, and then start the re-scoring again.";

    private readonly ConcurrentDictionary<JobId, (Job? Job, long At)> _known = new();

    /// <summary>
    /// Finds the job that a request names, and caches it for a few seconds. Returns null if the request names no job,
    /// or if the job has no record or belongs to another model. Otherwise, anyone who may send messages could write
    /// into any job.
    /// </summary>
    public async Task<Job?> FindAsync(string? name, ModelName model, CancellationToken cancellationToken)
    {
        if (JobId.Parse(name) is not { } id)
        {
            return null;
        }

        if (!_known.TryGetValue(id, out var known) || time.GetElapsedTime(known.At) >= Remembered)
        {
            known = (await records.FindAsync(id, cancellationToken), time.GetTimestamp());
            if (_known.Count >= MaxRemembered)
            {
                _known.Clear();
            }

            _known[id] = known;
        }

        return known.Job?.Model == model ? known.Job : null;
    }

    /// <summary>Counts a batch. Call it before its messages are deleted from the queue.</summary>
    internal Task RecordAsync(
        Job job, IEnumerable<MessagePart> parts, JobRecorder recorder, CancellationToken cancellationToken) =>
        WriteAsync(
            job,
            parts.Select(part => (
                part.ShardName,
                recorder.ShardOf(part.Request.Images, [.. part.Refusals.Select(r => RefusedImage.Of("", r))]))),
            cancellationToken);

    /// <summary>Counts an archive, which the job counts as one image regardless of its entries.</summary>
    /// <param name="isComplete">False if the archive's answer was already current.</param>
    internal async Task RecordArchiveAsync(
        Job job, IReadOnlyList<MessagePart> parts, bool isComplete, CancellationToken cancellationToken)
    {
        var done = isComplete ? 1 : (await EndsAsync(job, parts[0], cancellationToken)).Length;
        var shard = JobShard.Of(JobCounts.Nothing with { Done = done, Skipped = 1 - done });
        await WriteAsync(job, parts.Select(part => (part.ShardName, shard)), cancellationToken);
    }

    /// <summary>
    /// Counts a stopped job's messages. Images labeled by earlier tries keep their result; the rest are canceled.
    /// </summary>
    internal async Task CancelAsync(Job job, IReadOnlyList<MessagePart> parts, CancellationToken cancellationToken)
    {
        var cancelled = new List<(string, JobShard)>();
        foreach (var part in parts)
        {
            var ends = part.IsRetry ? await EndsAsync(job, part, cancellationToken) : [];
            var counts = JobRecorder.CountsOf(ends) with { Cancelled = Rest(part, ends) };
            cancelled.Add((part.ShardName, JobShard.Of(counts)));
        }

        await WriteAsync(job, cancelled, cancellationToken);
        logger.LogInformation("Job {Job} is stopped; skipped {Count} of its messages", job.Id, parts.Count);
    }

    /// <summary>
    /// Counts the images of a message that goes to the poison queue as given up, except those labeled since the job
    /// began. Cancels a job whose images could not be listed. Does nothing for a message without a job. Failures are
    /// logged, because the message must reach the poison queue even if its job's record cannot be read.
    /// </summary>
    public async Task GiveUpAsync(IncomingMessage message, CancellationToken cancellationToken)
    {
        if (!MessageParser.Parse(message.Body).TryGet(out var parsed, out _))
        {
            return;
        }

        foreach (var part in MessagePart.Split(parsed, message, 0))
        {
            try
            {
                await GiveUpAsync(part, cancellationToken);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                logger.LogError(
                    exception,
                    "Job {Job}: the images of a message moved to the poison queue could not be counted",
                    part.Request.Job);
            }
        }
    }

    private async Task GiveUpAsync(MessagePart part, CancellationToken cancellationToken)
    {
        if (await FindAsync(part.Request.Job, part.Request.Model, cancellationToken) is not { } job)
        {
            return;
        }

        if (part.Request.IsRescore)
        {
            logger.LogWarning("Gave up listing the images of job {Job}", job.Id);
            await progress.EndListingAsync(job.Id, null, ListingGivenUp, cancellationToken);
            return;
        }

        var ends = await EndsAsync(job, part, cancellationToken);
        var shard = JobShard.Of(JobRecorder.CountsOf(ends) with { GivenUp = Rest(part, ends) });
        logger.LogWarning(
            "Job {Job}: gave up on {Count} images because their message moves to the poison queue",
            job.Id,
            shard.Counts.GivenUp);
        await WriteAsync(job, [(part.ShardName, shard)], cancellationToken);
    }

    private async Task WriteAsync(
        Job job, IEnumerable<(string Name, JobShard Shard)> answered, CancellationToken cancellationToken)
    {
        await Parallel.ForEachAsync(answered, Options(cancellationToken), async (message, stopping) =>
            await shards.WriteAsync(job.Id, message.Name, message.Shard, stopping));
        await progress.TouchAsync(job.Id, cancellationToken);
    }

    /// <summary>Returns the results of the images labeled since the job began.</summary>
    private async Task<ImageEnd[]> EndsAsync(Job job, MessagePart part, CancellationToken cancellationToken)
    {
        var ends = new ConcurrentBag<ImageEnd>();
        await Parallel.ForEachAsync(part.Request.Images, Options(cancellationToken), async (image, stopping) =>
        {
            if (await labels.FindAsync(part.Request.Model, image, stopping) is { } found
                && JobRecorder.EndOf(found, job) is var end and not ImageEnd.Skipped)
            {
                ends.Add(end);
            }
        });
        return [.. ends];
    }

    private static int Rest(MessagePart part, ImageEnd[] ends) =>
        part.Request.Images.Count - ends.Length + part.Refusals.Count;

    private static ParallelOptions Options(CancellationToken cancellationToken) =>
        new() { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
}
