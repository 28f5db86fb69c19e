using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ServerlessMme.Storage.Jobs;

/// <summary>
/// Brings records up to date with their shards: the counts, the end, and the stop at the error threshold. Whoever
/// notices writes it; writing it twice changes nothing. Thread-safe.
/// </summary>
public sealed class JobProgress(
    JobRecords records, JobShards shards, TimeProvider time, ILogger<JobProgress> logger)
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LeastWait = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LookAtAll = TimeSpan.FromMinutes(1);

    // A refresh of a large job takes long; it may take up a tenth of the time.
    private const int ShareOfTime = 10;

    private readonly ConcurrentDictionary<JobId, Due> _due = new();

    /// <summary>The record with the counts of now; null when there is no such job.</summary>
    public async Task<Job?> RefreshAsync(JobId id, CancellationToken cancellationToken)
    {
        while (await records.ReadAsync(id, cancellationToken) is { } stored)
        {
            if (await TryRefreshAsync(id, stored, cancellationToken) is { } refreshed)
            {
                return refreshed;
            }
        }

        return null;
    }

    /// <summary>
    /// Tells that a shard was written. The record is brought up to date at once when that was last done long enough
    /// ago, else by <see cref="RunAsync"/>. Trouble is logged: the shard is what counts.
    /// </summary>
    public async Task TouchAsync(JobId id, CancellationToken cancellationToken)
    {
        var due = _due.GetOrAdd(id, static _ => new Due());
        due.IsDirty = true;
        await RefreshIfDueAsync(id, due, cancellationToken);
    }

    /// <summary>Brings up to date what was touched, and now and then all jobs, until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var lookedAt = time.GetTimestamp();
        try
        {
            using var timer = new PeriodicTimer(Tick, time);
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                // A worker that was killed may have left a job behind that nobody has ended.
                if (time.GetElapsedTime(lookedAt) >= LookAtAll)
                {
                    lookedAt = time.GetTimestamp();
                    await TouchUnendedAsync(cancellationToken);
                }

                foreach (var (id, due) in _due)
                {
                    await RefreshIfDueAsync(id, due, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The worker stops.
        }
    }

    internal static Job WithCounts(Job job, JobCounts sum, DateTimeOffset now)
    {
        var counts = sum with { Total = TotalOf(job, sum) };
        var failed = !job.IsStopped && job.EndedAt is null && job.ErrorThreshold != Job.NoThreshold
            && counts.Failed > job.ErrorThreshold;
        var ended = counts.Total is { } total && counts.Answered >= total;
        return job with
        {
            Counts = counts,
            State = failed ? JobState.Failed : ended && job.State == JobState.Running ? JobState.Completed : job.State,
            Stopped = failed
                ? new JobStop(now, "the error threshold", $"{counts.Failed} images failed, {job.ErrorThreshold} may.")
                : job.Stopped,
            EndedAt = ended ? job.EndedAt ?? now : null,
        };
    }

    /// <summary>
    /// A stopped job's sender may have been killed, or have sent more than it knows: what is answered is its total
    /// then. One that is still at it writes the total over this, and the job ends again when all of it is answered.
    /// </summary>
    private static long? TotalOf(Job job, JobCounts sum) =>
        job.IsStopped ? Math.Max(job.Counts.Total ?? 0, sum.Answered) : job.Counts.Total;

    private async Task TouchUnendedAsync(CancellationToken cancellationToken)
    {
        // Those of jobs that another worker has ended would stay for ever.
        foreach (var (id, due) in _due)
        {
            if (!due.IsDirty)
            {
                _due.TryRemove(id, out _);
            }
        }

        try
        {
            await foreach (var job in records.ListAsync(unended: true, cancellationToken))
            {
                _due.GetOrAdd(JobId.Parse(job.Id)!, static _ => new Due()).IsDirty = true;
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            logger.LogWarning(exception, "The jobs could not be listed");
        }
    }

    /// <summary>Null when somebody else has written since the record was read: their sum may be newer.</summary>
    private async Task<Job?> TryRefreshAsync(JobId id, StoredJob stored, CancellationToken cancellationToken)
    {
        var sum = await shards.SumAsync(id, cancellationToken);
        var refreshed = WithCounts(stored.Job, sum, time.GetUtcNow());
        return await records.TryReplaceAsync(stored, refreshed, cancellationToken) ? refreshed : null;
    }

    private async Task RefreshIfDueAsync(JobId id, Due due, CancellationToken cancellationToken)
    {
        if (!due.IsDirty || time.GetTimestamp() < due.NotBefore || !due.TryEnter())
        {
            return;
        }

        var started = time.GetTimestamp();
        try
        {
            // First, so that a shard that is written from now on makes it dirty again.
            due.IsDirty = false;
            var stored = await records.ReadAsync(id, cancellationToken);
            // With many workers on one job, one of them at a time is enough.
            var isRecent = stored is { Age: var age } && age < LeastWait;
            var refreshed = stored is null || isRecent ? null : await TryRefreshAsync(id, stored, cancellationToken);
            if (stored is null || refreshed is { EndedAt: not null })
            {
                _due.TryRemove(id, out _);
            }
            else if (refreshed is null)
            {
                due.IsDirty = true;
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            due.IsDirty = true;
            logger.LogWarning(exception, "The counts of job {Job} could not be brought up to date", id);
        }
        finally
        {
            var wait = time.GetElapsedTime(started) * ShareOfTime;
            var least = wait > LeastWait ? wait : LeastWait;
            due.NotBefore = time.GetTimestamp() + (long)(least.TotalSeconds * time.TimestampFrequency);
            due.Leave();
        }
    }

    /// <summary>When a job may be brought up to date next, and whether it needs to be.</summary>
    private sealed class Due
    {
        private volatile bool _isDirty;
        private long _notBefore;
        private int _entered;

        public bool IsDirty
        {
            get => _isDirty;
            set => _isDirty = value;
        }

        public long NotBefore
        {
            get => Interlocked.Read(ref _notBefore);
            set => Interlocked.Exchange(ref _notBefore, value);
        }

        public bool TryEnter() => Interlocked.Exchange(ref _entered, 1) == 0;

        public void Leave() => Interlocked.Exchange(ref _entered, 0);
    }
}
