using System.Collections.Concurrent;
using ServerlessMme.Core.Jobs;

namespace ServerlessMme.Serving.Console.Routes;

/// <summary>
/// Jobs with their current counts. Counting a large job lists many blobs, so concurrent callers share one count, and
/// counting takes up at most a tenth of the time. Thread-safe.
/// </summary>
internal sealed class JobFigures(JobRecords records, JobProgress progress, JobShards shards, TimeProvider time)
{
    private const int ShareOfTime = 10;
    private const int MaxKept = 256;
    private static readonly TimeSpan MinAge = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<JobId, Sum> _sums = new();

    /// <summary>Returns the current record with recent counts; null if the job doesn't exist.</summary>
    public async Task<Job?> ReadAsync(JobId id, CancellationToken cancellationToken) =>
        await records.FindAsync(id, cancellationToken) is { } job ? await ReadAsync(job, cancellationToken) : null;

    /// <summary>Returns the record with recent counts. The record of an ended job is final.</summary>
    public async Task<Job> ReadAsync(Job job, CancellationToken cancellationToken) => job.EndedAt is null
        ? progress.With(job, await SumAsync(job.Id, cancellationToken))
        : job;

    private async Task<JobCounts> SumAsync(JobId id, CancellationToken cancellationToken)
    {
        if (_sums.Count >= MaxKept)
        {
            // Callers that are already waiting keep sharing their count.
            _sums.Clear();
        }

        var sum = _sums.GetOrAdd(id, static _ => new Sum());
        await sum.Turn.WaitAsync(cancellationToken);
        try
        {
            if (sum.Counts is { } counts && time.GetElapsedTime(sum.At) < sum.MaxAge)
            {
                return counts;
            }

            var started = time.GetTimestamp();
            counts = await shards.SumAsync(id, cancellationToken);
            var wait = time.GetElapsedTime(started) * ShareOfTime;
            (sum.Counts, sum.At, sum.MaxAge) = (counts, time.GetTimestamp(), wait > MinAge ? wait : MinAge);
            return counts;
        }
        finally
        {
            sum.Turn.Release();
        }
    }

    private sealed class Sum
    {
        public SemaphoreSlim Turn { get; } = new(1);

        public JobCounts? Counts { get; set; }

        public long At { get; set; }

        public TimeSpan MaxAge { get; set; }
    }
}
