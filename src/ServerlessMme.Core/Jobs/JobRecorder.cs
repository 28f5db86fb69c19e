using System.Collections.Concurrent;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Pipeline;

namespace ServerlessMme.Core.Jobs;

/// <summary>
/// Observes one batch for a job and records the result of each image. Thread-safe; one per batch.
/// </summary>
internal sealed class JobRecorder(Job job) : IBatchObserver
{
    private readonly ConcurrentDictionary<string, ImageResult> _results = new(StringComparer.Ordinal);

    /// <summary>
    /// Returns true if the job counts the label as it is. A re-scoring job replaces current labels, except those that
    /// an earlier try of the same job wrote.
    /// </summary>
    public bool Accepts(LabelStamp label) => !job.ScoresCurrent || label.WrittenAt >= job.StartedAt;

    public void Kept(string image, LabelStamp label) => _results[image] = new ImageResult(
        EndOf(label, job), null, label.PreviousAnswer ?? label.Answer, label.Answer);

    public void Labeled(Label label, LabelStamp? replaced)
    {
        var refused = label.Error is { } error ? RefusedImage.Of(label.Image.Name, error) : null;
        _results[label.Image.Name] = new ImageResult(
            refused is not null ? ImageEnd.Refused : label.IsUnsure ? ImageEnd.Unsure : ImageEnd.Done,
            refused,
            label.PreviousAnswer ?? replaced?.Answer,
            label.Answer);
    }

    /// <summary>Creates the shard for these images, all answered by the batch.</summary>
    /// <param name="unreadable">Names in the message that were refused before the batch.</param>
    public JobShard ShardOf(IReadOnlyList<string> names, IReadOnlyList<RefusedImage> unreadable)
    {
        var results = names.Select(name => _results.GetValueOrDefault(name, ImageResult.Unobserved)).ToList();
        var counts = CountsOf(results.Select(result => result.End));
        counts = counts with { Refused = counts.Refused + unreadable.Count };
        var refusals = results.Select(result => result.Refusal).OfType<RefusedImage>().Concat(unreadable);
        return new JobShard(counts, [.. refusals.Take(JobShard.MaxRefusals)], ChangesIn(results));
    }

    /// <summary>Returns the result that a job counts for an image that already has this label.</summary>
    internal static ImageEnd EndOf(LabelStamp label, Job job) =>
        label.WrittenAt < job.StartedAt ? ImageEnd.Skipped
        : label.IsRefusal ? ImageEnd.Refused
        : label.IsUnsure ? ImageEnd.Unsure
        : ImageEnd.Done;

    /// <summary>Counts the results of these images.</summary>
    internal static JobCounts CountsOf(IEnumerable<ImageEnd> ends)
    {
        var counts = ends.CountBy(end => end).ToDictionary();
        var unsure = counts.GetValueOrDefault(ImageEnd.Unsure);
        return JobCounts.Nothing with
        {
            Done = counts.GetValueOrDefault(ImageEnd.Done) + unsure,
            Unsure = unsure,
            Refused = counts.GetValueOrDefault(ImageEnd.Refused),
            Skipped = counts.GetValueOrDefault(ImageEnd.Skipped),
        };
    }

    private IReadOnlyList<AnswerChange> ChangesIn(List<ImageResult> results) =>
        job.Kind != JobKind.Rescore
            ? []
            : [.. results.Where(result => result.To is not null).CountBy(result => (result.From, result.To))
                .Select(pair => new AnswerChange(pair.Key.From, pair.Key.To!, pair.Value))];

    /// <summary>The result of one image.</summary>
    private sealed record ImageResult(ImageEnd End, RefusedImage? Refusal, string? From, string? To)
    {
        // The batch succeeded, so the image has an answer even though this recorder never saw it.
        public static readonly ImageResult Unobserved = new(ImageEnd.Done, null, null, null);
    }
}

/// <summary>The result that a job counts for one image.</summary>
internal enum ImageEnd
{
    Done,

    /// <summary>Labeled, and unsure.</summary>
    Unsure,
    Refused,
    Skipped,
}
