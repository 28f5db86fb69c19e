using System.Text.Json.Serialization;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Jobs;

/// <summary>The record of a job, stored as <c>jobs/{id}.json</c>. See docs/schemas/v1/job.json.</summary>
/// <param name="Asked">The requested work.</param>
/// <param name="By">Who requested it.</param>
/// <param name="ErrorThreshold">The job stops when more images than this fail; −1 ignores all failures.</param>
/// <param name="StartedAt">By the store's clock. A label with a later date was written while the job ran.</param>
/// <param name="EndedAt">When every image was accounted for; null before.</param>
/// <param name="Stopped">Why the job was stopped; null if it wasn't.</param>
/// <param name="Counts">The counts when the record was last written. The shards are authoritative.</param>
/// <param name="QueuedAt">
/// When the message that makes a worker list the images was last sent, or is about to be. Null if the process that
/// created the job lists them.
/// </param>
public sealed record Job(
    JobId Id,
    JobKind Kind,
    ModelName Model,
    JobAsked Asked,
    string By,
    int ErrorThreshold,
    JobState State,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    JobStop? Stopped,
    JobCounts Counts,
    DateTimeOffset? QueuedAt = null)
{
    /// <summary>The threshold that ignores all failures.</summary>
    public const int NoThreshold = -1;

    /// <summary>True if workers answer the job's remaining messages without scoring.</summary>
    [JsonIgnore]
    public bool IsStopped => State is JobState.Cancelled or JobState.Failed;

    /// <summary>True if the job also scores images whose label is current.</summary>
    [JsonIgnore]
    public bool ScoresCurrent => Kind == JobKind.Rescore && Asked.ChangedOnly != true;
}

/// <summary>The kind of work that a job does.</summary>
public enum JobKind
{
    /// <summary>Labels a folder or prefix of images.</summary>
    [JsonStringEnumMemberName("submit")]
    Submit,

    /// <summary>Scores a model's images again.</summary>
    [JsonStringEnumMemberName("rescore")]
    Rescore,
}

/// <summary>The state of a job. <see cref="Job.EndedAt"/> shows whether every image is accounted for.</summary>
public enum JobState
{
    /// <summary>The job's messages are being sent, and the total isn't known yet.</summary>
    [JsonStringEnumMemberName("listing")]
    Listing,

    /// <summary>All messages are sent.</summary>
    [JsonStringEnumMemberName("running")]
    Running,

    /// <summary>Every image is accounted for.</summary>
    [JsonStringEnumMemberName("completed")]
    Completed,

    /// <summary>A person stopped it.</summary>
    [JsonStringEnumMemberName("cancelled")]
    Cancelled,

    /// <summary>More images failed than the error threshold allows.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,
}

/// <summary>The work requested of a job. Members that don't apply are null.</summary>
/// <param name="Folder">The local folder that was uploaded.</param>
/// <param name="Prefix">The prefix of the images' names.</param>
/// <param name="ChangedOnly">Re-scoring: true to skip images whose label is current.</param>
/// <param name="Schedule">The schedule that started it.</param>
/// <param name="SkippedFiles">The folder's files that were not uploaded; null if there are none.</param>
public sealed record JobAsked(
    string? Folder = null, string? Prefix = null, bool? ChangedOnly = null, string? Schedule = null,
    SkippedFiles? SkippedFiles = null);

/// <summary>Why and when a job was stopped before its end.</summary>
public sealed record JobStop(DateTimeOffset At, string By, string Reason);
