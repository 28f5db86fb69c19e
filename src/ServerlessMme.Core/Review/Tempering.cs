namespace ServerlessMme.Core.Review;

/// <summary>
/// Computes scores at another temperature. Softmax of the logits divided by T equals the scores to the power of 1/T,
/// normalized.
/// </summary>
internal static class Tempering
{
    // The smallest normal float. A score of 0 is the result of rounding, and its logarithm would be infinite.
    private const double Least = 1.1754943508222875e-38;

    public static double[] Logarithms(ReadOnlySpan<float> scores)
    {
        var logarithms = new double[scores.Length];
        for (var i = 0; i < scores.Length; i++)
        {
            logarithms[i] = Math.Log(Math.Max(scores[i], Least));
        }

        return logarithms;
    }

    /// <summary>
    /// Returns the loss of one image, −ln of the correct label's score, and its first two derivatives by the inverse
    /// temperature.
    /// </summary>
    /// <param name="inverse">1 over the temperature.</param>
    public static (double Loss, double Slope, double Curvature) Loss(
        ReadOnlySpan<double> logarithms, int truth, double inverse)
    {
        var largest = double.NegativeInfinity;
        foreach (var logarithm in logarithms)
        {
            largest = Math.Max(largest, logarithm);
        }

        // Relative to the largest, so that no exponential overflows.
        var (sum, first, second) = (0.0, 0.0, 0.0);
        foreach (var logarithm in logarithms)
        {
            var distance = logarithm - largest;
            var weight = Math.Exp(inverse * distance);
            sum += weight;
            first += weight * distance;
            second += weight * distance * distance;
        }

        var mean = first / sum;
        var own = logarithms[truth] - largest;
        return (Math.Log(sum) - (inverse * own), mean - own, (second / sum) - (mean * mean));
    }

    /// <summary>Returns the best score at another temperature.</summary>
    public static double BestScore(ReadOnlySpan<double> logarithms, double inverse)
    {
        var largest = double.NegativeInfinity;
        foreach (var logarithm in logarithms)
        {
            largest = Math.Max(largest, logarithm);
        }

        var sum = 0.0;
        foreach (var logarithm in logarithms)
        {
            sum += Math.Exp(inverse * (logarithm - largest));
        }

        return 1 / sum;
    }
}
