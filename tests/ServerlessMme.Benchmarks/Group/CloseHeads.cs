namespace ServerlessMme.Benchmarks.Group;

/// <summary>
/// Dense layers whose two best classes are nearly tied for every one of some images: their logits differ by at most
/// 1e-4,
/// one way for half of the images and the other way for the rest.
/// </summary>
/// <param name="features">What the dense layer is given, image by image.</param>
internal sealed class CloseHeads(float[] features)
{
    /// <summary>Largest difference of the logits.</summary>
    public const double Tie = 1e-4;

    private const int Classes = MadeModels.Scores;
    private const int Inputs = 512;

    /// <summary>How far the two best classes are above the others, at least.</summary>
    private const double Lead = 0.5;

    /// <summary>The weights, [512, 10], and the bias of a model.</summary>
    public (float[] Weights, float[] Bias) Create(int number)
    {
        var random = new Random(number);
        var (one, other) = (number % Classes, (number + 3) % Classes);
        var images = Enumerable.Range(0, features.Length / Inputs).ToList();
        var columns = Enumerable.Range(0, Classes).Select(_ => Column(random)).ToArray();
        // Logits of a trained model's size, whatever the features are.
        var largest = columns.Max(column => images.Max(image => Math.Abs(Product(image, column))));
        columns = [.. columns.Select(column => column.Select(weight => weight * 4 / largest).ToArray())];
        var lift = Lead + images.Max(image =>
            columns.Max(column => Product(image, column)) - Product(image, columns[one]));

        // The other class is the first one plus a small step, whose effect on each image is scaled and centered.
        var step = Column(random);
        var effects = images.Select(image => Product(image, step)).ToList();
        var median = Figures.Median(effects);
        var scale = Tie * 0.9 / effects.Max(effect => Math.Abs(effect - median));
        columns[other] = [.. columns[one].Zip(step, (weight, change) => weight + (change * scale))];
        var bias = new float[Classes];
        bias[one] = (float)lift;
        bias[other] = (float)(lift - (median * scale));
        var weights = new float[Inputs * Classes];
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = (float)columns[i % Classes][i / Classes];
        }

        return (weights, bias);
    }

    private static double[] Column(Random random) =>
        [.. Enumerable.Range(0, Inputs).Select(_ => random.NextDouble() - 0.5)];

    private double Product(int image, double[] column)
    {
        var sum = 0.0;
        for (var input = 0; input < Inputs; input++)
        {
            sum += features[(image * Inputs) + input] * column[input];
        }

        return sum;
    }
}
