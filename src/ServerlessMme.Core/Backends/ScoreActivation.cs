using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Core.Backends;

/// <summary>Turns a model's raw output into scores.</summary>
public static class ScoreActivation
{
    /// <summary>
    /// Turns a model's output for one image into one score per label. The scores are NaN if the manifest has a
    /// temperature but no activation, and the values aren't probabilities: one is negative, or all are 0.
    /// </summary>
    /// <param name="output">
    /// One value per label, or a single one if <see cref="Manifest.TakesOneScore"/> is true. Overwritten.
    /// </param>
    public static float[] ToScores(Manifest manifest, Span<float> output)
    {
        Apply(manifest.Output, output);
        var scores = output.Length == 1 && manifest.TakesOneScore
            ? new[] { 1 - output[0], output[0] }
            : output.ToArray();
        if (manifest.Output is { Activation: Activation.None, Temperature: not 1 and var temperature })
        {
            Temper(scores, temperature);
        }

        return scores;
    }

    private static void Apply(OutputSpec output, Span<float> scores)
    {
        switch (output.Activation)
        {
            case Activation.Softmax:
                Softmax(scores, output.Temperature);
                break;
            case Activation.Sigmoid:
                foreach (ref var score in scores)
                {
                    score = (float)(1 / (1 + Math.Exp(-score)));
                }

                break;
            case Activation.None:
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(output), output.Activation, null);
        }
    }

    /// <summary>Subtracts the largest value first, so no exponential overflows.</summary>
    private static void Softmax(Span<float> scores, double temperature)
    {
        var largest = float.NegativeInfinity;
        foreach (var score in scores)
        {
            largest = Math.Max(largest, score);
        }

        var sum = 0.0;
        foreach (var score in scores)
        {
            sum += Math.Exp((score - largest) / temperature);
        }

        foreach (ref var score in scores)
        {
            score = (float)(Math.Exp((score - largest) / temperature) / sum);
        }
    }

    /// <summary>
    /// Raises the scores to the power 1/T, where T is the temperature, and normalizes them. This equals the softmax of
    /// the logits divided by T.
    /// </summary>
    private static void Temper(Span<float> scores, double temperature)
    {
        var largest = 0f;
        foreach (var score in scores)
        {
            largest = Math.Max(largest, score);
        }

        var sum = 0.0;
        foreach (var score in scores)
        {
            sum += Power(score);
        }

        foreach (ref var score in scores)
        {
            score = (float)(Power(score) / sum);
        }

        // Relative to the largest score, so a low temperature doesn't make all powers 0.
        double Power(float score) => Math.Exp(Math.Log((double)score / largest) / temperature);
    }
}
