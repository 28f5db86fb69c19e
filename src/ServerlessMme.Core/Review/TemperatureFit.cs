namespace ServerlessMme.Core.Review;

/// <summary>The temperature that fits the correct labels best, and its effect.</summary>
/// <param name="Temperature">
/// Value for the manifest's <c>output.temperature</c>. Above the current one, the model is overconfident.
/// </param>
/// <param name="IsAtBound">True if the best temperature is outside the search range.</param>
/// <param name="LossBefore">Negative log likelihood per image at the current temperature.</param>
/// <param name="Loss">Negative log likelihood per image at the new temperature.</param>
/// <param name="Answers">The answers at the new temperature. Their labels are the same.</param>
public sealed record TemperatureFit(
    double Temperature, bool IsAtBound, double LossBefore, double Loss, IReadOnlyList<Answer> Answers)
{
    /// <summary>Lower end of the search range.</summary>
    public const double Lowest = 0.05;

    /// <summary>Upper end of the search range.</summary>
    public const double Highest = 20;

    private const int MaxSteps = 200;
    private const double Tolerance = 1e-15;

    /// <summary>Minimizes the negative log likelihood, which is convex in the inverse temperature.</summary>
    /// <param name="images">At least one, with scores that are probabilities: 0 to 1, summing to 1.</param>
    /// <param name="current">The temperature that the scores were computed with.</param>
    public static TemperatureFit Of(IReadOnlyList<ScoredImage> images, double current)
    {
        var logarithms = images.Select(image => Tempering.Logarithms(image.Scores)).ToList();
        // Relative to the current temperature: an inverse of 1 changes nothing.
        var (inverse, isAtBound) = logarithms.TrueForAll(row => row.Max() == row.Min())
            ? (1.0, false)
            : Minimize(value => Mean(images, logarithms, value), current / Highest, current / Lowest);
        return new TemperatureFit(
            current / inverse,
            isAtBound,
            Mean(images, logarithms, 1).Loss,
            Mean(images, logarithms, inverse).Loss,
            [.. images.Select((image, i) =>
                image.Answer with { Score = Tempering.BestScore(logarithms[i], inverse) })]);
    }

    /// <summary>Newton's method on the slope. A step that leaves the bracket becomes a bisection.</summary>
    private static (double Inverse, bool IsAtBound) Minimize(
        Func<double, (double Loss, double Slope, double Curvature)> loss, double low, double high)
    {
        if (loss(low).Slope >= 0)
        {
            return (low, true);
        }

        if (loss(high).Slope <= 0)
        {
            return (high, true);
        }

        var at = low < 1 && high > 1 ? 1 : Math.Sqrt(low * high);
        for (var step = 0; step < MaxSteps; step++)
        {
            var (_, slope, curvature) = loss(at);
            (low, high) = slope > 0 ? (low, at) : (at, high);
            var next = at - (slope / curvature);
            // This also catches NaN, if the curvature is 0.
            if (!(next > low && next < high))
            {
                next = slope == 0 ? at : Math.Sqrt(low * high);
            }

            if (Math.Abs(next - at) <= Tolerance * at)
            {
                return (next, false);
            }

            at = next;
        }

        return (at, false);
    }

    private static (double Loss, double Slope, double Curvature) Mean(
        IReadOnlyList<ScoredImage> images, List<double[]> logarithms, double inverse)
    {
        var (loss, slope, curvature) = (0.0, 0.0, 0.0);
        for (var i = 0; i < images.Count; i++)
        {
            var one = Tempering.Loss(logarithms[i], images[i].Truth, inverse);
            (loss, slope, curvature) = (loss + one.Loss, slope + one.Slope, curvature + one.Curvature);
        }

        return (loss / images.Count, slope / images.Count, curvature / images.Count);
    }
}
