using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Jobs;

/// <summary>The results of one message's images, <c>jobs/{id}/{digest of the message}.json</c>.</summary>
/// <param name="Refusals">Up to <see cref="MaxRefusals"/> of the refused images, each with its reason.</param>
/// <param name="Changes">For a re-scoring job, the changes of answers and their frequencies.</param>
public sealed record JobShard(
    JobCounts Counts, IReadOnlyList<RefusedImage> Refusals, IReadOnlyList<AnswerChange> Changes)
{
    /// <summary>Maximum number of refusals that a shard lists.</summary>
    public const int MaxRefusals = 20;

    /// <summary>A shard with counts only.</summary>
    public static JobShard Of(JobCounts counts) => new(counts, [], []);
}

/// <summary>A refused image of a job.</summary>
public sealed record RefusedImage(string Image, string Code, string Message)
{
    private const int MaxMessage = 300;

    public static RefusedImage Of(string image, Refusal refusal) =>
        new(Printable.Text(image, 1024), refusal.Code.ToString(), Printable.Text(refusal.Message, MaxMessage));
}

/// <summary>How many images changed from one answer to another.</summary>
/// <param name="From">The previous class, or <c>error:</c> and a code; null if the image had no label.</param>
public sealed record AnswerChange(string? From, string To, long Count);
