using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Core.Candidates;

/// <summary>
/// Scores a sample's images with a candidate, and with the published model if no current label has its answer. Writes
/// no labels. Thread-safe.
/// </summary>
public sealed class CandidateComparer(BatchClassifier published, IImageSource images)
{
    /// <param name="model">The name whose images are compared.</param>
    /// <param name="isPublished">True if a model is published under that name.</param>
    /// <param name="candidate">The candidate's name in <paramref name="classifier"/>'s catalog.</param>
    /// <param name="classifier">A classifier that can load the candidate.</param>
    /// <param name="advance">Called once per image scored.</param>
    /// <exception cref="InvalidOperationException">The sample has no image.</exception>
    public async Task<Comparison> RunAsync(
        ComparisonSample sample,
        ModelName model,
        bool isPublished,
        ModelName candidate,
        BatchClassifier classifier,
        Action advance,
        CancellationToken cancellationToken)
    {
        var drawn = sample.Images;
        var before = isPublished
            ? await ScoreAsync(
                published, model, model, [.. drawn.Where(image => image.Before is null)], advance, cancellationToken)
            : new Dictionary<string, GivenAnswer>();
        var after = await ScoreAsync(classifier, candidate, model, drawn, advance, cancellationToken);
        return Comparison.Of([.. drawn.Select(image => new ComparedImage(
            image.Name,
            image.Before ?? before.GetValueOrDefault(image.Name),
            after[image.Name],
            image.Truth,
            image.IsSampled))]);
    }

    private async Task<IReadOnlyDictionary<string, GivenAnswer>> ScoreAsync(
        BatchClassifier classifier,
        ModelName model,
        ModelName container,
        IReadOnlyList<DrawnImage> drawn,
        Action advance,
        CancellationToken cancellationToken)
    {
        var sink = new AnswerCollector(advance);
        if (drawn.Count > 0)
        {
            await classifier.RunAsync(
                new ClassifyRequest(model, [.. drawn.Select(image => image.Name)]),
                new CandidateImages(images, container),
                sink,
                observer: null,
                cancellationToken);
        }

        return sink.Answers;
    }
}
