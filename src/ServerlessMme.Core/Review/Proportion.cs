namespace ServerlessMme.Core.Review;

/// <summary>A share of images, with its 95% confidence interval.</summary>
/// <param name="Hits">Images that count, at most <paramref name="Images"/>.</param>
/// <param name="Images">All images, at least 1.</param>
public readonly record struct Proportion(int Hits, int Images)
{
    // The 97.5% quantile of the normal distribution.
    private const double Z = 1.959963984540054;

    /// <summary>The share, 0 to 1.</summary>
    public double Value => (double)Hits / Images;

    // At the ends, the exact results are 0 and 1, but floating-point arithmetic gives 0.9999999999999999.

    /// <summary>Lower end of the Wilson interval, 0 to 1.</summary>
    public double Lower => Hits == 0 ? 0 : Math.Max(0, Center - HalfWidth);

    /// <summary>Upper end of the Wilson interval, 0 to 1.</summary>
    public double Upper => Hits == Images ? 1 : Math.Min(1, Center + HalfWidth);

    private double Center => (Value + (Z * Z / (2.0 * Images))) / (1 + (Z * Z / Images));

    private double HalfWidth => Z / (1 + (Z * Z / Images))
        * Math.Sqrt((Value * (1 - Value) / Images) + (Z * Z / (4.0 * Images * Images)));

    /// <summary>Returns the share, or null if there are no images.</summary>
    public static Proportion? Of(int hits, int images) => images == 0 ? null : new Proportion(hits, images);
}
