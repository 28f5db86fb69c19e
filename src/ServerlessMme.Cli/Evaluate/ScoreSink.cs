using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Cli.Evaluate;

/// <summary>Collects the scores of every image. Thread-safe.</summary>
/// <param name="truths">Index of the correct label, by the image's name.</param>
/// <param name="digest">Digest of the model that must answer.</param>
internal sealed class ScoreSink(
    IReadOnlyDictionary<string, int> truths, int labels, string digest, Action advance) : ILabelSink
{
    private readonly List<ScoredImage> _scored = [];
    private readonly List<RefusedImage> _refused = [];
    private readonly Lock _lock = new();

    /// <summary>The images with an answer, by name. Complete when the flow has ended.</summary>
    public IReadOnlyList<ScoredImage> Scored =>
        [.. _scored.OrderBy(image => image.Name, StringComparer.Ordinal)];

    /// <summary>The images without an answer, by name.</summary>
    public IReadOnlyList<RefusedImage> Refused =>
        [.. _refused.OrderBy(image => image.Image, StringComparer.Ordinal)];

    public Task<LabelStamp?> FindAsync(ModelName model, string image, CancellationToken cancellationToken) =>
        Task.FromResult<LabelStamp?>(null);

    public Task<LabelStamp?> WriteAsync(ModelName model, Label label, CancellationToken cancellationToken)
    {
        var name = label.Image.Name;
        if (label.Model.Digest != digest)
        {
            throw new CommandException(
                ExitCodes.Failed, $"Model '{model}' was replaced during the evaluation. Run the command again.");
        }

        lock (_lock)
        {
            if (label.Error is { } error)
            {
                _refused.Add(new RefusedImage(name, error.Code.ToString(), error.Message));
            }
            else
            {
                _scored.Add(new ScoredImage(name, truths[name], ScoresOf(label)));
            }
        }

        advance();
        return Task.FromResult<LabelStamp?>(null);
    }

    private float[] ScoresOf(Label label)
    {
        var scores = new float[labels];
        foreach (var scored in label.Top)
        {
            scores[scored.Index] = scored.Score;
        }

        return scores;
    }
}
