using System.Collections.Concurrent;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Storage.Jobs;

/// <summary>
/// The images and labels of one run, which it passes through: it hands a label the answer of the model's version
/// previous, and notes for the job what became of each image. Thread-safe; one per run.
/// </summary>
/// <param name="job">The job that the run is part of; null when it is part of none, and nothing is noted.</param>
internal sealed class JobRecorder(IImageSource images, ILabelSink labels, Job? job) : IImageSource, ILabelSink
{
    private readonly ConcurrentDictionary<string, LabelStamp> _found = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Answered> _answered = new(StringComparer.Ordinal);

    public IAsyncEnumerable<string> ListAsync(ModelName model, string prefix, CancellationToken cancellationToken) =>
        images.ListAsync(model, prefix, cancellationToken);

    public async Task<LabelStamp?> FindAsync(ModelName model, string image, CancellationToken cancellationToken)
    {
        var found = await labels.FindAsync(model, image, cancellationToken);
        if (found is null)
        {
            return null;
        }

        _found[image] = found;
        // What the job has scored already, in an earlier try, is current; what was current previous is scored again.
        return job is { ScoresCurrent: true } && !IsOfThisJob(found) ? null : found;
    }

    public async Task<FetchedImage> FetchAsync(
        ModelName model, string image, string? unlessETag, CancellationToken cancellationToken)
    {
        var fetched = await images.FetchAsync(model, image, unlessETag, cancellationToken);
        if (fetched.IsUnchanged && _found.TryRemove(image, out var found))
        {
            Note(image, new Answered(EndOf(found), null, found.PreviousAnswer ?? found.Answer, found.Answer));
        }

        return fetched;
    }

    public async Task WriteAsync(ModelName model, Label label, CancellationToken cancellationToken)
    {
        var name = label.Image.Name;
        _found.TryRemove(name, out var found);
        // The answer to another image of that name says nothing about the model.
        var same = found is not null && found.ImageETag == (label.Image.ETag ?? LabelStamp.NoImage) ? found : null;
        var isNewVersion = same?.ModelVersion != (label.Model.Version ?? LabelStamp.NoModel);
        var previous = isNewVersion ? same?.Answer : same?.PreviousAnswer;
        await labels.WriteAsync(model, label with { PreviousAnswer = previous }, cancellationToken);
        var refused = label.Error is { } error ? RefusedImage.Of(name, error) : null;
        var end = refused is null ? End.Done : End.Refused;
        Note(name, new Answered(end, refused, previous ?? same?.Answer, label.Answer));
    }

    /// <summary>What became of these images, all of which the run has answered.</summary>
    /// <param name="unreadable">Further names of the message that were refused as they are.</param>
    public JobShard ShardOf(IReadOnlyList<string> names, IReadOnlyList<RefusedImage> unreadable)
    {
        var answers = names.Select(name => _answered.GetValueOrDefault(name, Answered.Unnoticed)).ToList();
        var ends = answers.CountBy(answer => answer.End).ToDictionary();
        var counts = JobCounts.Nothing with
        {
            Done = ends.GetValueOrDefault(End.Done),
            Refused = ends.GetValueOrDefault(End.Refused) + unreadable.Count,
            Skipped = ends.GetValueOrDefault(End.Skipped),
        };
        var refusals = answers.Select(answer => answer.Refusal).OfType<RefusedImage>().Concat(unreadable);
        return new JobShard(counts, [.. refusals.Take(JobShard.MaxRefusals)], ChangesIn(answers));
    }

    /// <summary>Where an image stands that was not worked on now, by its label.</summary>
    internal static End EndOf(LabelStamp found, Job job) =>
        found.WrittenAt < job.StartedAt ? End.Skipped : found.IsRefusal ? End.Refused : End.Done;

    private End EndOf(LabelStamp found) => job is null ? End.Skipped : EndOf(found, job);

    private bool IsOfThisJob(LabelStamp found) => found.WrittenAt >= job!.StartedAt;

    private IReadOnlyList<AnswerChange> ChangesIn(List<Answered> answers) =>
        job?.Kind != JobKind.Rescore
            ? []
            : [.. answers.Where(answer => answer.To is not null).CountBy(answer => (answer.From, answer.To))
                .Select(pair => new AnswerChange(pair.Key.From, pair.Key.To!, pair.Value))];

    private void Note(string image, Answered answered)
    {
        if (job is not null)
        {
            _answered[image] = answered;
        }
    }

    /// <summary>What became of one image.</summary>
    private sealed record Answered(End End, RefusedImage? Refusal, string? From, string? To)
    {
        // The run has ended well, so that whatever has answered the image has answered it.
        public static readonly Answered Unnoticed = new(End.Done, null, null, null);
    }
}

/// <summary>How it ended for an image.</summary>
internal enum End
{
    Done,
    Refused,
    Skipped,
}
