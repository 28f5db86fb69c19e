using System.Globalization;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Core.Models.Import;

/// <summary>An image to try preprocessing variants on. The caller owns the bytes.</summary>
/// <param name="Truth">Index of its label; null if unknown.</param>
public sealed record ProofImage(EncodedImage Image, int? Truth);

/// <summary>A model's results on some images with one preprocessing variant.</summary>
/// <param name="Images">Number of images that could be decoded.</param>
/// <param name="Known">Number of them with a label.</param>
/// <param name="Right">Number of images whose best class is their label; null if no image has one.</param>
/// <param name="Confidence">Mean of the best scores.</param>
/// <param name="Evidence">
/// Higher is better. With labels, the mean log score of the labels. Without labels, how much the answers depend on the
/// images (the entropy of the mean answer minus the mean entropy of the answers), in nats.
/// </param>
/// <param name="Problem">The reason why the answers are useless; null if they may be right.</param>
/// <param name="IsReversed">True if two labels fit better in reverse order, and were counted that way.</param>
/// <param name="Order">The order of the labels that the answers suggest; null for none or the current one.</param>
public sealed record Trial(
    int Images,
    int Known,
    int? Right,
    double Confidence,
    double Evidence,
    string? Problem,
    bool IsReversed = false,
    LabelOrder? Order = null);

/// <summary>
/// Tries preprocessing variants, because wrong preprocessing gives confident nonsense without an error.
/// </summary>
public sealed class Proof(IImagePreprocessor preprocessor)
{
    // A single confident mistake must not outweigh everything else.
    private const double LeastScore = 1e-6;
    private const float SameScores = 0.005f;
    private const int LeastImages = 3;

    // Quantized scores sum to 1 only roughly.
    private const float SumTolerance = 0.1f;

    /// <summary>
    /// Scores the images. The backend's input must have the same size, layout and type as <paramref name="input"/>.
    /// </summary>
    /// <param name="mayReverse">True if two labels may be in either order.</param>
    public async Task<Trial> RunAsync(
        IBackend backend,
        InputSpec input,
        IReadOnlyList<ProofImage> images,
        bool mayReverse,
        CancellationToken cancellationToken)
    {
        var answers = await ScoreAsync(backend, input, images, cancellationToken);
        if (answers.Count == 0 || answers.TrueForAll(answer => answer.Scores is null))
        {
            return new Trial(answers.Count, 0, null, 0, double.NegativeInfinity, "no image can be scored");
        }

        var trial = Judge(answers);
        if (!mayReverse || trial.Right is null)
        {
            return trial;
        }

        var reversed = Judge(answers.ConvertAll(answer => answer with { Truth = 1 - answer.Truth }));
        return (reversed.Evidence > trial.Evidence ? reversed with { IsReversed = true } : trial) with { Order = null };
    }

    /// <summary>
    /// Returns the meaning of raw outputs from a backend without an activation: probabilities of a single label, or one
    /// per label. Returns null for anything else, such as logits.
    /// </summary>
    /// <param name="inputs">
    /// Several ranges of values, because with a single one, logits may happen to be in 0 to 1.
    /// </param>
    public async Task<OutputTask?> FindProbabilitiesAsync(
        IBackend backend,
        IReadOnlyList<InputSpec> inputs,
        IReadOnlyList<ProofImage> images,
        CancellationToken cancellationToken)
    {
        var all = new List<float[]>();
        foreach (var input in inputs)
        {
            var answers = await ScoreAsync(backend, input, images, cancellationToken);
            // Values that are too large may overflow in the model, which then returns no scores.
            all.AddRange(answers.Select(answer => answer.Scores).OfType<float[]>());
        }

        return all.Count < LeastImages || !all.TrueForAll(scores => scores.All(score => score is >= 0 and <= 1)) ? null
            : all.TrueForAll(scores => Math.Abs(scores.Sum() - 1) < SumTolerance) ? OutputTask.Single
            : OutputTask.Multi;
    }

    private async Task<List<Answer>> ScoreAsync(
        IBackend backend, InputSpec input, IReadOnlyList<ProofImage> images, CancellationToken cancellationToken)
    {
        using var tensors = new TensorBatch(input, 1);
        var answers = new List<Answer>();
        foreach (var image in images)
        {
            if (await preprocessor.FillAsync(image.Image, input, tensors, 0, cancellationToken) is not null)
            {
                continue;
            }

            var scored = await backend.ScoreAsync(new ImageBatch([image.Image], tensors), cancellationToken);
            answers.Add(new Answer(scored[0].TryGet(out var scores, out _) ? scores : null, image.Truth));
        }

        return answers;
    }

    private static Trial Judge(List<Answer> answers)
    {
        var known = answers.Where(answer => answer.Truth is not null).ToList();
        float[][] scored = [.. answers.Select(answer => answer.Scores).OfType<float[]>()];
        return new Trial(
            answers.Count,
            known.Count,
            known.Count == 0 ? null : known.Count(answer => answer.Scores is { } s && Best(s) == answer.Truth),
            scored.Average(scores => scores.Max()),
            known.Count == 0
                ? Information(scored)
                : known.Average(answer => Math.Log(Math.Max(LeastScore, answer.Scores?[answer.Truth!.Value] ?? 0))),
            scored.Length < answers.Count && known.Count == 0
                ? $"{answers.Count - scored.Length} of {answers.Count} images can't be scored"
                : FindProblem(scored),
            Order: LabelOrder.Find(
                [.. known.Select(answer => (answer.Truth!.Value, answer.Scores is { } s ? Best(s) : (int?)null))],
                scored[0].Length));
    }

    /// <summary>
    /// Returns the problem if the answers are constant or undecided, because they say nothing about any image.
    /// </summary>
    private static string? FindProblem(float[][] answers)
    {
        var labels = answers[0].Length;
        if (answers.Length >= LeastImages && answers.Skip(1).All(scores =>
            scores.Zip(answers[0]).All(pair => Math.Abs(pair.First - pair.Second) < SameScores)))
        {
            return $"all {answers.Length} images get the same scores";
        }

        var best = answers.Average(scores => scores.Max());
        return labels > 2 && best < 1.5 / labels
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"the scores are nearly even: {best:0.000} for the best of {labels} classes")
            : null;
    }

    private static double Information(float[][] answers)
    {
        var mean = new double[answers[0].Length];
        foreach (var scores in answers)
        {
            for (var i = 0; i < mean.Length; i++)
            {
                mean[i] += scores[i] / answers.Length;
            }
        }

        return Entropy(mean) - answers.Average(scores => Entropy(Array.ConvertAll(scores, score => (double)score)));
    }

    private static double Entropy(double[] scores)
    {
        var sum = scores.Sum(score => Math.Max(0, score));
        return sum <= 0 ? 0 : -scores.Sum(score => score <= 0 ? 0 : score / sum * Math.Log(score / sum));
    }

    private static int Best(float[] scores) => Array.IndexOf(scores, scores.Max());

    /// <param name="Scores">Null if the model returns no scores, such as for values that overflow in it.</param>
    private readonly record struct Answer(float[]? Scores, int? Truth);
}
