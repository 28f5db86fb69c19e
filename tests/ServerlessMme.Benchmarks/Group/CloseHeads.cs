namespace ServerlessMme.Benchmarks.Group;

/// <summary>
/// Dense layers whose two best classes are nearly tied for every one of some images: their logits differ by at most 1e-4,
/// one way for half of the images and the other way for the rest.
/// </summary>
/// <param name="features">What the dense layer is given, image by image.</param>
internal sealed class CloseHeads(float[] features)
{
    /// <summary>Largest difference of the logits.</summary>
    public const double Tie = 1e-4;

    private const int Classes = MadeModels.Scores;
    private const int Inputs = 512;

    /// <summary>The bias that lifts two classes above the others.</summary>
    private const float Lift = 4;

    /// <summary>The weights, [512, 10], and the bias of a model.</summary>
    public (float[] Weights, float[] Bias) Create(int number)
    {
        var random = new Random(number);
        var weights = new float[Inputs * Classes];
        var bias = new float[Classes];
        foreach (ref var weight in weights.AsSpan())
        {
            weight = (random.NextSingle() - 0.5f) * MathF.Sqrt(24f / Inputs);
        }

        // The second class is the first one plus a small step, whose effect on each image is scaled and centered.
        var (one, other) = (number % Classes, (number + 3) % Classes);
        var step = new double[Inputs];
        foreach (ref var value in step.AsSpan())
        {
            value = random.NextDouble() - 0.5;
        }

        var effects = Enumerable.Range(0, features.Length / Inputs).Select(image => Effect(image, step)).ToList();
        var median = Figures.Median(effects);
        var scale = Tie * 0.9 / effects.Max(effect => Math.Abs(effect - median));
        for (var input = 0; input < Inputs; input++)
        {
            weights[(input * Classes) + other] = (float)(weights[(input * Classes) + one] + (step[input] * scale));
        }

        bias[one] = Lift;
        bias[other] = (float)(Lift - (median * scale));
        return (weights, bias);
    }

    private double Effect(int image, double[] step)
    {
        var sum = 0.0;
        for (var input = 0; input < Inputs; input++)
        {
            sum += features[(image * Inputs) + input] * step[input];
        }

        return sum;
    }
}
