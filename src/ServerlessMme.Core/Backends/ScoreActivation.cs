using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Core.Backends;

/// <summary>Turns a model's raw output into scores.</summary>
public static class ScoreActivation
{
    /// <summary>Applies the manifest's activation in place.</summary>
    public static void Apply(Activation activation, Span<float> scores)
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
