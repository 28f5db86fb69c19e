using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace ServerlessMme.Storage.Jobs;

/// <summary>The records <c>jobs/{id}.json</c>. Each change is conditional, so that none is lost. Thread-safe.</summary>
public sealed class JobRecords(StorageAccount account)
{
    private const string Suffix = ".json";
    private const string Ended = "ended";
    private const int ReadAhead = 16;

    /// <summary>The time by storage's clock, in whole seconds, as labels are dated. Creates the container.</summary>
    public async Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken)
    {
        try
        {
            var properties = await account.Jobs.GetPropertiesAsync(cancellationToken: cancellationToken);
            return properties.GetRawResponse().Headers.Date!.Value;
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            var created = await account.Jobs.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
            return created?.GetRawResponse().Headers.Date ?? await NowAsync(cancellationToken);
        }
    }

    /// <summary>Creates a record. False when there is one of that name already.</summary>
    public async Task<bool> TryCreateAsync(Job job, CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(job, new BlobRequestConditions { IfNoneMatch = ETag.All }, cancellationToken);
            return true;
        }
        catch (RequestFailedException exception) when (exception.Status is 409 or 412)
        {
            return false;
        }
    }

    /// <summary>The record; null when there is none.</summary>
    public async Task<Job?> FindAsync(JobId id, CancellationToken cancellationToken) =>
        (await ReadAsync(id, cancellationToken))?.Job;

    /// <summary>
    /// Changes a record, anew from what others have written meanwhile if need be. Returns what is stored then; null
    /// when there is no such record.
    /// </summary>
    /// <param name="change">Returns the record itself to leave it as it is.</param>
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

    /// <summary>The record and its version; null when there is none.</summary>
    internal async Task<StoredJob?> ReadAsync(JobId id, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await Blob(id.Value).DownloadContentAsync(cancellationToken);
            var details = answer.Value.Details;
            var age = (answer.GetRawResponse().Headers.Date ?? details.LastModified) - details.LastModified;
            return new StoredJob(JobJson.ReadJob(answer.Value.Content, id + Suffix), details.ETag, age);
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return null;
        }
    }

    /// <summary>Replaces a record. False when somebody else has done so since it was read.</summary>
    internal async Task<bool> TryReplaceAsync(StoredJob stored, Job changed, CancellationToken cancellationToken)
    {
        if (changed == stored.Job)
        {
            return true;
        }

        try
        {
            await WriteAsync(changed, new BlobRequestConditions { IfMatch = stored.Version }, cancellationToken);
            return true;
        }
        catch (RequestFailedException exception) when (exception.Status == 412)
        {
            return false;
        }
    }

    /// <summary>All jobs, the newest first. Records that cannot be read are passed over.</summary>
    /// <param name="unended">True for those alone that have not ended.</param>
    public async IAsyncEnumerable<Job> ListAsync(
        bool unended, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var ids = new SortedSet<string>(Comparer<string>.Create((a, b) => string.CompareOrdinal(b, a)));
        if (!await account.Jobs.ExistsAsync(cancellationToken))
        {
            yield break;
        }
        // By hierarchy, so that shards are not listed.
        await foreach (var item in account.Jobs.GetBlobsByHierarchyAsync(
            BlobTraits.Metadata, BlobStates.None, "/", null, cancellationToken))
        {
            if (item.IsBlob && item.Blob.Name.EndsWith(Suffix, StringComparison.Ordinal)
                && JobId.Parse(item.Blob.Name[..^Suffix.Length]) is { } id
                && !(unended && item.Blob.Metadata.ContainsKey(Ended)))
            {
                ids.Add(id.Value);
            }
        }

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

    private async Task<Job?> TryReadAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            return await FindAsync(JobId.Parse(id)!, cancellationToken);
        }
        catch (JobUnreadableException)
        {
            return null;
        }
    }

    private async Task WriteAsync(Job job, BlobRequestConditions conditions, CancellationToken cancellationToken)
    {
        var options = new BlobUploadOptions
        {
            Conditions = conditions,
            HttpHeaders = new BlobHttpHeaders { ContentType = "application/json" },
        };
        if (job.EndedAt is not null)
        {
            options.Metadata = new Dictionary<string, string> { [Ended] = "true" };
        }

        await Blob(job.Id).UploadAsync(BinaryData.FromBytes(JobJson.Write(job)), options, cancellationToken);
    }

    private BlobClient Blob(string id) => account.Jobs.GetBlobClient(id + Suffix);
}

/// <summary>A record as it was read.</summary>
/// <param name="Age">How long before it was written.</param>
internal sealed record StoredJob(Job Job, ETag Version, TimeSpan Age);
