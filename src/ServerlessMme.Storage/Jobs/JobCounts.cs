using System.Text.Json.Serialization;

namespace ServerlessMme.Storage.Jobs;

/// <summary>What became of images. Each is in one of the counts: at the end they add up to the total.</summary>
/// <param name="Total">Images asked for; null while that is not known.</param>
/// <param name="Done">Labelled since the job began, by it or beside it.</param>
/// <param name="Refused">Answered with an error.</param>
/// <param name="Skipped">Left alone: the label was current before the job began.</param>
/// <param name="GivenUp">In messages that went to the poison queue.</param>
/// <param name="Cancelled">Not worked on, because the job was stopped.</param>
public sealed record JobCounts(long? Total, long Done, long Refused, long Skipped, long GivenUp, long Cancelled)
{
    public static readonly JobCounts Nothing = new(null, 0, 0, 0, 0, 0);

    /// <summary>Images that are accounted for.</summary>
    [JsonIgnore]
    public long Answered => Done + Refused + Skipped + GivenUp + Cancelled;

    /// <summary>Images that failed, as the error threshold counts them.</summary>
    [JsonIgnore]
    public long Failed => Refused + GivenUp;

    /// <summary>Both together, with the total of this.</summary>
    public JobCounts Plus(JobCounts other) => this with
    {
        Done = Done + other.Done,
        Refused = Refused + other.Refused,
        Skipped = Skipped + other.Skipped,
        GivenUp = GivenUp + other.GivenUp,
        Cancelled = Cancelled + other.Cancelled,
    };
}
