using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Core.Requests;
using ServerlessMme.Storage.Queues;

namespace ServerlessMme.Storage.Jobs;

/// <summary>What those who answer messages do for the jobs that the messages are part of. Thread-safe.</summary>
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

    private readonly ConcurrentDictionary<JobId, (Job? Job, long At)> _known = new();

    /// <summary>
    /// The job that a message names, as it was at most some seconds ago. Null when it names none, or one that has no
    /// record or is another model's: whoever may write messages must not write into any job.
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

        return known.Job?.Model == model.Value ? known.Job : null;
    }

    /// <summary>Writes down what became of messages, before they leave the queue.</summary>
    internal async Task RecordAsync(
        Job job, IEnumerable<(string Name, JobShard Shard)> answered, CancellationToken cancellationToken)
    {
        var id = JobId.Parse(job.Id)!;
        await Parallel.ForEachAsync(answered, Options(cancellationToken), async (message, stopping) =>
            await shards.WriteAsync(id, message.Name, message.Shard, stopping));
        await progress.TouchAsync(id, cancellationToken);
    }

    /// <summary>Writes down that an archive is answered: it counts as one image, whatever is in it.</summary>
    internal async Task RecordArchiveAsync(
        Job job, MessagePart[] parts, ArchiveState state, CancellationToken cancellationToken)
    {
        var ends = state == ArchiveState.Complete ? 1 : (await EndsAsync(job, parts[0], cancellationToken)).Length;
        var shard = JobShard.Of(JobCounts.Nothing with { Done = ends, Skipped = 1 - ends });
        await RecordAsync(job, parts.Select(item => (item.ShardName, shard)), cancellationToken);
    }

    /// <summary>Answers a stopped job's messages: earlier tries count, the rest is not worked on.</summary>
    internal async Task SettleAsync(Job job, MessagePart[] parts, CancellationToken cancellationToken)
    {
        var settled = new List<(string, JobShard)>();
        foreach (var item in parts)
        {
            var ends = item.IsRetry ? await EndsAsync(job, item, cancellationToken) : [];
            settled.Add((item.ShardName, JobShard.Of(Count(ends) with { Cancelled = Rest(item, ends) })));
        }

        await RecordAsync(job, settled, cancellationToken);
        logger.LogInformation("{Count} messages of job {Job}, which is stopped, are left alone", parts.Length, job.Id);
    }

    /// <summary>
    /// Counts the images of a message that goes to the poison queue as given up, but for those that an earlier try, or
    /// somebody else, has labelled. Does nothing for a message of no job. Trouble is logged: the message must reach the
    /// poison queue also when its job's record cannot be read.
    /// </summary>
    public async Task GiveUpAsync(IncomingMessage message, CancellationToken cancellationToken)
    {
        if (!MessageParser.Parse(message.Body.ToMemory()).TryGet(out var parsed, out _))
        {
            return;
        }

        foreach (var item in MessagePart.Split(parsed, message, 0))
        {
            try
            {
                await GiveUpAsync(item, cancellationToken);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                logger.LogError(exception, "Job {Job}: a message is given up and not counted", item.Request.Job);
            }
        }
    }

    private async Task GiveUpAsync(MessagePart item, CancellationToken cancellationToken)
    {
        if (await FindAsync(item.Request.Job, item.Request.Model, cancellationToken) is not { } job)
        {
            return;
        }

        var ends = await EndsAsync(job, item, cancellationToken);
        var shard = JobShard.Of(Count(ends) with { GivenUp = Rest(item, ends) });
        logger.LogWarning("Job {Job}: {Count} images are given up with their message", job.Id, shard.Counts.GivenUp);
        await RecordAsync(job, [(item.ShardName, shard)], cancellationToken);
    }

    /// <summary>How it ended for those of the images that were labelled since the job began.</summary>
    private async Task<End[]> EndsAsync(Job job, MessagePart part, CancellationToken cancellationToken)
    {
        var ends = new ConcurrentBag<End>();
        await Parallel.ForEachAsync(part.Request.Images, Options(cancellationToken), async (image, stopping) =>
        {
            if (await labels.FindAsync(part.Request.Model, image, stopping) is { } found
                && JobRecorder.EndOf(found, job) is var end and not End.Skipped)
            {
                ends.Add(end);
            }
        });
        return [.. ends];
    }

    private static int Rest(MessagePart part, End[] ends) =>
        part.Request.Images.Count - ends.Length + part.Refusals.Count;

    private static JobCounts Count(End[] ends) => JobCounts.Nothing with
    {
        Done = ends.Count(end => end == End.Done),
        Refused = ends.Count(end => end == End.Refused),
    };

    private static ParallelOptions Options(CancellationToken cancellationToken) =>
        new() { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
}
