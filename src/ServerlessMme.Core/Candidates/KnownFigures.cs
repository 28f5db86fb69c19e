using ServerlessMme.Core.Review;

namespace ServerlessMme.Core.Candidates;

/// <summary>How often two models are right on the same images, whose correct labels are known.</summary>
/// <param name="Before">Accuracy of the published model; null if nothing is published.</param>
/// <param name="After">Accuracy of the candidate.</param>
/// <param name="Repaired">Images that only the candidate answers correctly.</param>
/// <param name="Broken">Images that only the published model answers correctly.</param>
public sealed record KnownFigures(Proportion? Before, Proportion After, int Repaired, int Broken)
{
    private const double Often = 0.05;

    /// <summary>
    /// The probability of a difference at least this large between two equally good models: the exact two-sided sign
    /// test (McNemar's test).
    /// </summary>
    public double ChanceOfDifference => SignTest(Repaired, Broken);

    /// <summary>True if the candidate is right more often.</summary>
    public bool IsBetter => Repaired > Broken;

    /// <summary>True if equally good models would differ this much in fewer than one of 20 comparisons.</summary>
    public bool IsCertain => ChanceOfDifference < Often;

    /// <summary>Computes the figures. Returns null if no correct label is known.</summary>
    public static KnownFigures? Of(IReadOnlyList<ComparedImage> images)
    {
        var known = images.Where(image => image.Truth is not null).ToList();
        if (known.Count == 0)
        {
            return null;
        }

        var before = known.Where(image => image.Before is not null).ToList();
        return new KnownFigures(
            Proportion.Of(before.Count(image => image.Before!.Answer == image.Truth), before.Count),
            new Proportion(known.Count(image => image.After.Answer == image.Truth), known.Count),
            before.Count(image => image.Before!.Answer != image.Truth && image.After.Answer == image.Truth),
            before.Count(image => image.Before!.Answer == image.Truth && image.After.Answer != image.Truth));
    }

    private static double SignTest(int a, int b)
    {
        var (count, least) = (a + b, Math.Min(a, b));
        // The logarithm of a binomial coefficient, because the coefficient itself overflows with 1,030 images or more.
        var (coefficient, tail) = (0.0, 0.0);
        for (var hits = 0; hits <= least; hits++)
        {
            tail += Math.Exp(coefficient - (count * Math.Log(2)));
            coefficient += Math.Log(count - hits) - Math.Log(hits + 1);
        }

        return Math.Min(1, 2 * tail);
    }
}
