using System.Text.Json.Serialization;

namespace ServerlessMme.Core.Jobs;

/// <summary>A job's images by result. Each is counted once, so the counts add up to the total at the end.</summary>
/// <param name="Total">Images requested; null until known.</param>
/// <param name="Done">Labeled since the job began, by this job or by anything else.</param>
/// <param name="Refused">Answered with an error.</param>
/// <param name="Skipped">Not scored, because the label was current before the job began.</param>
/// <param name="GivenUp">In messages moved to the poison queue.</param>
/// <param name="Cancelled">Not scored, because the job was stopped.</param>
public sealed record JobCounts(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Total,
    long Done,
    long Refused,
    long Skipped,
    long GivenUp,
    long Cancelled)
{
    /// <summary>Labeled images whose answer is unsure.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Unsure { get; init; }

    public static readonly JobCounts Nothing = new(null, 0, 0, 0, 0, 0);

    /// <summary>Images that are accounted for.</summary>
    [JsonIgnore]
    public long Answered => Done + Refused + Skipped + GivenUp + Cancelled;

    /// <summary>Images that count toward the error threshold.</summary>
    [JsonIgnore]
    public long Failed => Refused + GivenUp;

    /// <summary>True if there were images and all of them failed.</summary>
    [JsonIgnore]
    public bool HaveAllFailed => Failed > 0 && Failed == Answered;

    /// <summary>Adds both counts. The result keeps this object's total.</summary>
    public JobCounts Plus(JobCounts other) => this with
    {
        Done = Done + other.Done,
        Unsure = Unsure + other.Unsure,
        Refused = Refused + other.Refused,
        Skipped = Skipped + other.Skipped,
        GivenUp = GivenUp + other.GivenUp,
        Cancelled = Cancelled + other.Cancelled,
    };
}
