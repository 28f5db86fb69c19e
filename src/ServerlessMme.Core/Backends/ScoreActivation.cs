using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Core.Backends;

/// <summary>Turns a model's raw output into scores.</summary>
public static class ScoreActivation
{
    /// <summary>Turns a model's output for one image into one score per label.</summary>
    /// <param name="output">
    /// One value per label, or a single one where <see cref="Manifest.TakesOneScore"/>. Overwritten.
    /// </param>
    public static float[] ToScores(Manifest manifest, Span<float> output)
    {
        Apply(manifest.Output.Activation, output);
        return output.Length == 1 && manifest.TakesOneScore ? [1 - output[0], output[0]] : output.ToArray();
    }

    private static void Apply(Activation activation, Span<float> scores)
    {
        switch (activation)
        {
            case Activation.Softmax:
                Softmax(scores);
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
                throw new ArgumentOutOfRangeException(nameof(activation), activation, null);
        }
    }

    /// <summary>Subtracts the largest value first, so no exponential overflows.</summary>
    private static void Softmax(Span<float> scores)
    {
        var largest = float.NegativeInfinity;
        foreach (var score in scores)
        {
            largest = Math.Max(largest, score);
        }

        var sum = 0.0;
        foreach (var score in scores)
        {
            sum += Math.Exp(score - largest);
        }

        foreach (ref var score in scores)
        {
            score = (float)(Math.Exp(score - largest) / sum);
        }
    }
}
