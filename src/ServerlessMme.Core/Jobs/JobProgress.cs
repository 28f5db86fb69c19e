using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ServerlessMme.Core.Jobs;

/// <summary>
/// Updates job records from their shards: counts, the end, and the stop at the error threshold. Any process may write
/// an update, and updates are idempotent. Thread-safe.
/// </summary>
public sealed class JobProgress(
    JobRecords records, JobShards shards, LostListings listings, TimeProvider time, ILogger<JobProgress> logger)
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MinWait = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan CheckAllInterval = TimeSpan.FromMinutes(1);

    // Refreshing a large job is slow, so refreshes may use up to a tenth of the time.
    private const int ShareOfTime = 10;

    private readonly ConcurrentDictionary<JobId, Due> _due = new();

    /// <summary>Updates the counts of a job's record and returns it; null if there is no such job.</summary>
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
    /// Returns the record with its current counts without writing it, for callers that are read-only or poll; null if
    /// there is no such job.
    /// </summary>
    public async Task<Job?> ReadAsync(JobId id, CancellationToken cancellationToken) =>
        await records.FindAsync(id, cancellationToken) is { } job ? await ReadAsync(job, cancellationToken) : null;

    /// <summary>
    /// Returns the record with its current counts, without writing it. The record of an ended job is final.
    /// </summary>
    public async Task<Job> ReadAsync(Job job, CancellationToken cancellationToken) => job.EndedAt is null
        ? WithCounts(job, await shards.SumAsync(job.Id, cancellationToken), time.GetUtcNow())
        : job;

    /// <summary>Returns the record with these precomputed counts, without writing it.</summary>
    public Job With(Job job, JobCounts sum) => job.EndedAt is null ? WithCounts(job, sum, time.GetUtcNow()) : job;

    /// <summary>
    /// Ends a job's listing: records the total, or why sending failed, which cancels the job. Changes nothing if the
    /// listing has already ended. Returns the record with its current counts; null if there is no such job.
    /// </summary>
    /// <param name="total">Images in messages that were sent; null if that isn't known.</param>
    /// <param name="failure">Null if all were sent.</param>
    internal async Task<Job?> EndListingAsync(
        JobId id, long? total, string? failure, CancellationToken cancellationToken)
    {
        var now = await records.NowAsync(cancellationToken);
        await records.ChangeAsync(id, End, cancellationToken);
        return await RefreshAsync(id, cancellationToken);

        Job End(Job job) => job.State switch
        {
            JobState.Listing => job with
            {
                Counts = job.Counts with { Total = total },
                State = failure is null ? JobState.Running : JobState.Cancelled,
                Stopped = failure is null ? null : new JobStop(now, job.By, failure),
            },
            JobState.Cancelled or JobState.Failed => job with
            {
                Counts = job.Counts with { Total = total ?? job.Counts.Total },
            },
            _ => job,
        };
    }

    /// <summary>
    /// Reports that a shard was written. Updates the record now if the last update was long enough ago, and otherwise
    /// leaves it to <see cref="RunAsync"/>. Failures are logged, because the shard is authoritative.
    /// </summary>
    public async Task TouchAsync(JobId id, CancellationToken cancellationToken)
    {
        var due = _due.GetOrAdd(id, static _ => new Due());
        due.IsDirty = true;
        await RefreshIfDueAsync(id, due, cancellationToken);
    }

    /// <summary>Updates jobs with new shards, and once a minute all jobs, until canceled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var checkedAllAt = time.GetTimestamp();
        try
        {
            using var timer = new PeriodicTimer(Tick, time);
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                // A killed worker may have left a job without an end or a listing.
                if (time.GetElapsedTime(checkedAllAt) >= CheckAllInterval)
                {
                    checkedAllAt = time.GetTimestamp();
                    await CheckUnendedAsync(cancellationToken);
                }

                foreach (var (id, due) in _due)
                {
                    await RefreshIfDueAsync(id, due, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The worker is stopping.
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
                ? new JobStop(
                    now, "the error threshold",
                    $"{counts.Failed} {(counts.Failed == 1 ? "image" : "images")} failed; the threshold is "
                    + $"{job.ErrorThreshold}.")
                : job.Stopped,
            EndedAt = ended ? job.EndedAt ?? now : null,
        };
    }

    /// <summary>
    /// Returns a job's total. The sender of a stopped job may have been killed, or have sent more than it recorded, so
    /// the total is at least the number of images answered. A sender that is still running overwrites this total, and
    /// the job ends again after all images are answered.
    /// </summary>
    private static long? TotalOf(Job job, JobCounts sum) =>
        job.IsStopped ? Math.Max(job.Counts.Total ?? 0, sum.Answered) : job.Counts.Total;

    /// <summary>Finds all jobs that have not ended, to update them and to resend lost messages.</summary>
    internal async Task CheckUnendedAsync(CancellationToken cancellationToken)
    {
        // Otherwise, jobs ended by another worker would stay here forever.
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
                _due.GetOrAdd(job.Id, static _ => new Due()).IsDirty = true;
                await listings.RepairAsync(job, cancellationToken);
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            logger.LogWarning(exception, "The unfinished jobs could not be checked");
        }
    }

    /// <summary>
    /// Updates the record. Returns null if it has changed since it was read, because its counts may be newer.
    /// </summary>
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
            // Clear first, so a shard written from now on marks it again.
            due.IsDirty = false;
            var stored = await records.ReadAsync(id, cancellationToken);
            // If many workers share a job, one update at a time is enough.
            var isRecent = stored is { Age: var age } && age < MinWait;
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
            logger.LogWarning(exception, "The counts of job {Job} could not be updated", id);
        }
        finally
        {
            var wait = time.GetElapsedTime(started) * ShareOfTime;
            var least = wait > MinWait ? wait : MinWait;
            due.NotBefore = time.GetTimestamp() + (long)(least.TotalSeconds * time.TimestampFrequency);
            due.Leave();
        }
    }

    /// <summary>When a job may be updated next, and whether it needs to be.</summary>
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
