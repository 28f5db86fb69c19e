




using ServerlessMme.Core.Failures;

namespace ServerlessMme.Storage.Jobs;

/// <summary>What became of one message's images: <c>jobs/{id}/{digest of the message}.json</c>.</summary>
/// <param name="Refusals">Some of the refused images, and why; at most <see cref="MaxRefusals"/>.</param>
/// <param name="Changes">Re-scoring: how many answers became what.</param>
public sealed record JobShard(
    JobCounts Counts, IReadOnlyList<RefusedImage> Refusals, IReadOnlyList<AnswerChange> Changes)
{
    /// <summary>Refusals that a shard names.</summary>
    public const int MaxRefusals = 20;

    /// <summary>The shard of images that all came to the same end.</summary>
    public static JobShard Of(JobCounts counts) => new(counts, [], []);
}

/// <summary>A refused image of a job.</summary>
public sealed record RefusedImage(string Image, string Code, string Message)
{
    private const int MaxMessage = 300;

    public static RefusedImage Of(string image, Refusal refusal) =>
        new(Printable.Text(image, 1024), refusal.Code.ToString(), Printable.Text(refusal.Message, MaxMessage));
}

/// <summary>How many images had one answer and have the other now.</summary>
/// <param name="From">A class, or <c>error:</c> and a code; null when the image had no label.</param>
public sealed record AnswerChange(string? From, string To, long Count);
