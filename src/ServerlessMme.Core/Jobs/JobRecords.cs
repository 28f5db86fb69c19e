using System.Runtime.CompilerServices;
using ServerlessMme.Core.Documents;

namespace ServerlessMme.Core.Jobs;

/// <summary>
/// The records <c>jobs/{id}.json</c>. Every change is conditional on the version that was read, so no update is lost.
/// Thread-safe.
/// </summary>
public sealed class JobRecords(IDocumentStore documents)
{
    private const string Suffix = ".json";
    private const string Ended = "ended";
    private const int ReadAhead = 16;

    /// <summary>Returns the time by the store's clock, which also dates labels, to the second.</summary>
    public Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken) => documents.NowAsync(cancellationToken);

    /// <summary>Creates a record. Returns false if a job with that name exists.</summary>
    public Task<bool> TryCreateAsync(Job job, CancellationToken cancellationToken) =>
        TryWriteAsync(job, WriteCondition.Absent, cancellationToken);

    /// <summary>Returns the record, or null if the job has none.</summary>
    /// <exception cref="JobUnreadableException">The document is not a job record.</exception>
    public async Task<Job?> FindAsync(JobId id, CancellationToken cancellationToken) =>
        (await ReadAsync(id, cancellationToken))?.Job;

    /// <summary>
    /// Changes a record, and retries if others have written it in the meantime. Returns the record stored afterwards;
    /// null if there is no such record.
    /// </summary>
    /// <param name="change">Returns its argument to leave the record as it is.</param>
    public async Task<Job?> ChangeAsync(JobId id, Func<Job, Job> change, CancellationToken cancellationToken)
    {
        while (await ReadAsync(id, cancellationToken) is { } stored)
        {
            var changed = change(stored.Job);
            if (await TryReplaceAsync(stored, changed, cancellationToken))
            {
                return changed;
            }
        }

        return null;
    }

    /// <summary>
    /// Stops a job: workers answer its remaining messages without scoring. Changes nothing if the job has already ended
    /// or stopped. Returns the record stored afterwards; null if there is no such job.
    /// </summary>
    public Task<Job?> CancelAsync(JobId id, JobStop stop, CancellationToken cancellationToken) => ChangeAsync(
        id,
        job => job.IsStopped || job.EndedAt is not null ? job : job with { State = JobState.Cancelled, Stopped = stop },
        cancellationToken);

    /// <summary>Returns the record and its version, or null if the job has none.</summary>
    internal async Task<StoredJob?> ReadAsync(JobId id, CancellationToken cancellationToken)
    {
        var name = id + Suffix;
        return await documents.ReadAsync(name, cancellationToken) is { } document
            ? new StoredJob(JobJson.ReadJob(document.Json, name), document.Version, document.Age)
            : null;
    }

    /// <summary>Replaces a record. Returns false if it has changed since it was read.</summary>
    internal async Task<bool> TryReplaceAsync(StoredJob stored, Job changed, CancellationToken cancellationToken) =>
        changed == stored.Job
        || await TryWriteAsync(changed, WriteCondition.Matches(stored.Version), cancellationToken);

    /// <summary>Lists all jobs, newest first. Skips records that cannot be read.</summary>
    /// <param name="unended">True to list only jobs that have not ended.</param>
    public IAsyncEnumerable<Job> ListAsync(bool unended, CancellationToken cancellationToken) =>
        ListAsync(unended, null, cancellationToken);

    /// <summary>Lists jobs, newest first, from a given job on. Does not read the records of newer jobs.</summary>
    /// <param name="from">The first job to return, or the next older one if it is gone; null for the newest.</param>
    public async IAsyncEnumerable<Job> ListAsync(
        bool unended, JobId? from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var ids = new List<JobId>();
        await foreach (var document in documents.ListAsync("", cancellationToken))
        {
            if (document.Name.EndsWith(Suffix, StringComparison.Ordinal)
                && JobId.Parse(document.Name[..^Suffix.Length]) is { } id
                && !(unended && document.Metadata.ContainsKey(Ended))
                && (from is null || string.CompareOrdinal(id.Value, from.Value) <= 0))
            {
                ids.Add(id);
            }
        }

        ids.Sort((a, b) => string.CompareOrdinal(b.Value, a.Value));
        foreach (var chunk in ids.Chunk(ReadAhead))
        {
            foreach (var job in await Task.WhenAll(chunk.Select(id => TryReadAsync(id, cancellationToken))))
            {
                if (job is not null)
                {
                    yield return job;
                }
            }
        }
    }

    private async Task<Job?> TryReadAsync(JobId id, CancellationToken cancellationToken)
    {
        try
        {
            return await FindAsync(id, cancellationToken);
        }
        catch (JobUnreadableException)
        {
            return null;
        }
    }

    private Task<bool> TryWriteAsync(Job job, WriteCondition condition, CancellationToken cancellationToken)
    {
        var metadata = job.EndedAt is null ? null : new Dictionary<string, string> { [Ended] = "true" };
        return documents.TryWriteAsync(
            job.Id + Suffix, new NewDocument(JobJson.Write(job), metadata), condition, cancellationToken);
    }
}

/// <summary>A record as it was read.</summary>
/// <param name="Age">Time since it was written.</param>
internal sealed record StoredJob(Job Job, string Version, TimeSpan Age);
