namespace ServerlessMme.Benchmarks;

/// <summary>How figures are made from measurements.</summary>
internal static class Figures
{
    /// <summary>Three digits are more than a machine repeats.</summary>
    public static double Rounded(double value) => value == 0 || !double.IsFinite(value)
        ? 0
        : Math.Round(value, Math.Clamp(2 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 15));

    /// <summary>One over the other, rounded.</summary>
    public static double Ratio(double one, double other) => Rounded(one / other);

    /// <summary>The middle one.</summary>
    public static double Median(IEnumerable<double> values) => Percentile(values, 50);

    /// <summary>The one that so many in a hundred are not above.</summary>
    public static double Percentile(IEnumerable<double> values, int percent)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? 0 : sorted[Math.Min(sorted.Length - 1, sorted.Length * percent / 100)];
    }

    /// <summary>A version without the commit it was built from.</summary>
    public static string Version(Type type) => type.Assembly.GetName().Version!.ToString(3);
}
