using System.Text.Json.Serialization;

namespace ServerlessMme.Storage.Jobs;

/// <summary>The record of a job, as <c>jobs/{id}.json</c> has it. See docs/schemas/job.schema.json.</summary>
/// <param name="Asked">What was asked for.</param>
/// <param name="By">Who asked.</param>
/// <param name="ErrorThreshold">The job is stopped when more images than this fail; −1 ignores all failures.</param>
/// <param name="StartedAt">By storage's clock: a label that is newer was made while the job ran.</param>
/// <param name="EndedAt">When it was seen that each image is accounted for; null before.</param>
/// <param name="Stopped">Why it was stopped; null when it was not.</param>
/// <param name="Counts">As they were when the record was written; shards have the truth.</param>
public sealed record Job(
    string Id,
    JobKind Kind,
    string Model,
    JobAsked Asked,
    string By,
    int ErrorThreshold,
    JobState State,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    JobStop? Stopped,
    JobCounts Counts)
{
    /// <summary>Ignores all failures.</summary>
    public const int NoThreshold = -1;

    /// <summary>True when what still waits of the job is answered without work.</summary>
    [JsonIgnore]
    public bool IsStopped => State is JobState.Cancelled or JobState.Failed;

    /// <summary>True when images with a current label are scored again too.</summary>
    [JsonIgnore]
    public bool ScoresCurrent => Kind == JobKind.Rescore && Asked.ChangedOnly != true;
}

/// <summary>What kind of work a job is.</summary>
public enum JobKind
{
    /// <summary>A folder or prefix of images.</summary>
    [JsonStringEnumMemberName("submit")]
    Submit,

    /// <summary>A model's labels made anew.</summary>
    [JsonStringEnumMemberName("rescore")]
    Rescore,
}

/// <summary>Where a job stands. <see cref="Job.EndedAt"/> says whether all its images are accounted for.</summary>
public enum JobState
{
    /// <summary>Its messages are being sent; the total is not known yet.</summary>
    [JsonStringEnumMemberName("listing")]
    Listing,

    /// <summary>All messages are sent.</summary>
    [JsonStringEnumMemberName("running")]
    Running,

    /// <summary>Each image is accounted for.</summary>
    [JsonStringEnumMemberName("completed")]
    Completed,

    /// <summary>Somebody stopped it.</summary>
    [JsonStringEnumMemberName("cancelled")]
    Cancelled,

    /// <summary>More images failed than the error threshold allows.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,
}

/// <summary>What a job was asked to do; what does not apply is null.</summary>
/// <param name="Folder">A local folder that was uploaded.</param>
/// <param name="Prefix">What the images' names begin with.</param>
/// <param name="ChangedOnly">Re-scoring: true for labels of another model version only.</param>
/// <param name="Schedule">The schedule that asked.</param>
public sealed record JobAsked(
    string? Folder = null, string? Prefix = null, bool? ChangedOnly = null, string? Schedule = null);

/// <summary>Why and when a job was stopped before its end.</summary>
public sealed record JobStop(DateTimeOffset At, string By, string Reason);
