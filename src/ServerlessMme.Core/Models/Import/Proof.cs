using System.Globalization;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Core.Models.Import;

/// <summary>An image to try preprocessings on. The caller owns the bytes.</summary>
/// <param name="Truth">Index of its label; null when unknown.</param>
public sealed record ProofImage(EncodedImage Image, int? Truth);

/// <summary>How a model answers some images under one preprocessing.</summary>
/// <param name="Images">Images that could be decoded and scored.</param>
/// <param name="Right">Images whose best class is their label; null when no image has one.</param>
/// <param name="Confidence">Mean of the best scores.</param>
/// <param name="Evidence">
/// Higher is better: the mean log score of the labels; or without labels, how much the answers tell about the images
/// (the entropy of the mean answer less the mean entropy of the answers), in nats.
/// </param>
/// <param name="Problem">Why the answers are worth nothing; null when they may be right.</param>
public sealed record Trial(int Images, int? Right, double Confidence, double Evidence, string? Problem);

/// <summary>Tries preprocessings: a wrong one gives confident nonsense without an error.</summary>
public sealed class Proof(IImagePreprocessor preprocessor)
{
    // A single confident mistake must not outweigh everything else.
    private const double LeastScore = 1e-6;
    private const float SameScores = 0.005f;
    private const int LeastImages = 3;
    private const float SumTolerance = 1e-3f;

    /// <summary>Scores the images. The backend's own input must have the tried one's size, layout and type.</summary>
    public async Task<Trial> RunAsync(
        IBackend backend, InputSpec input, IReadOnlyList<ProofImage> images, CancellationToken cancellationToken)
    {
        var answers = await ScoreAsync(backend, input, images, cancellationToken);
        return answers.Count == 0
            ? new Trial(0, null, 0, double.NegativeInfinity, "no image could be scored")
            : Judge(answers);
    }

    /// <summary>
    /// What the outputs of a backend without an activation are already: probabilities of one label, or of each.
    /// Null when they are neither, as logits are.
    /// </summary>
    public async Task<OutputTask?> FindProbabilitiesAsync(
        IBackend backend, InputSpec input, IReadOnlyList<ProofImage> images, CancellationToken cancellationToken)
    {
        var answers = await ScoreAsync(backend, input, images, cancellationToken);
        return answers.Count < LeastImages || !answers.TrueForAll(answer => answer.Scores.All(IsProbability)) ? null
            : answers.TrueForAll(answer => Math.Abs(answer.Scores.Sum() - 1) < SumTolerance) ? OutputTask.Single
            : OutputTask.Multi;

        static bool IsProbability(float score) => score is >= 0 and <= 1;
    }

    private async Task<List<(float[] Scores, int? Truth)>> ScoreAsync(
        IBackend backend, InputSpec input, IReadOnlyList<ProofImage> images, CancellationToken cancellationToken)
    {
        using var tensors = new TensorBatch(input, 1);
        var answers = new List<(float[] Scores, int? Truth)>();
        foreach (var image in images)
        {
            if (preprocessor.Fill(image.Image, input, tensors.Row(0)) is not null)
            {
                continue;
            }

            var scored = await backend.ScoreAsync(new ImageBatch([image.Image], tensors), cancellationToken);
            if (scored[0].TryGet(out var scores, out _))
            {
                answers.Add((scores, image.Truth));
            }
        }

        return answers;
    }

    private static Trial Judge(List<(float[] Scores, int? Truth)> answers)
    {
        var known = answers.Where(answer => answer.Truth is not null).ToList();
        return new Trial(
            answers.Count,
            known.Count == 0 ? null : known.Count(answer => Best(answer.Scores) == answer.Truth),
            answers.Average(answer => answer.Scores.Max()),
            known.Count == 0
                ? Information([.. answers.Select(answer => answer.Scores)])
                : known.Average(answer => Math.Log(Math.Max(LeastScore, answer.Scores[answer.Truth!.Value]))),
            FindProblem([.. answers.Select(answer => answer.Scores)]));
    }

    /// <summary>A constant or an undecided answer says nothing about any image.</summary>
    private static string? FindProblem(IReadOnlyList<float[]> answers)
    {
        var labels = answers[0].Length;
        if (answers.Count >= LeastImages && answers.Skip(1).All(scores =>
            scores.Zip(answers[0]).All(pair => Math.Abs(pair.First - pair.Second) < SameScores)))
        {
            return $"all {answers.Count} get the same scores";
        }

        var best = answers.Average(scores => scores.Max());
        return labels > 2 && best < 1.5 / labels
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"the scores are nearly even: {best:0.000} for the best of {labels} classes")
            : null;
    }

    private static double Information(IReadOnlyList<float[]> answers)
    {
        var mean = new double[answers[0].Length];
        foreach (var scores in answers)
        {
            for (var i = 0; i < mean.Length; i++)
            {
                mean[i] += scores[i] / answers.Count;
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
}
