using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Imaging.Resampling;

/// <summary>
/// The filter functions of Pillow's <c>Image.resize</c>. The order of operations and the precision of each constant are
/// part of the contract, because a weight that differs in its last bit may round a pixel differently.
/// </summary>
internal static class Kernel
{
    /// <summary>Returns half the width of the filter, in source pixels at unchanged size.</summary>
    public static double Support(ResizeFilter filter) => filter switch
    {
        ResizeFilter.Box => 0.5,
        ResizeFilter.Bilinear or ResizeFilter.Hamming => 1.0,
        ResizeFilter.Bicubic => 2.0,
        ResizeFilter.Lanczos => 3.0,
        _ => throw new ArgumentOutOfRangeException(nameof(filter), filter, "The filter has no weights."),
    };

    /// <summary>Returns the filter's value at a distance from its center.</summary>
    public static double Value(ResizeFilter filter, double distance) => filter switch
    {
        ResizeFilter.Box => distance is > -0.5 and <= 0.5 ? 1.0 : 0.0,
        ResizeFilter.Bilinear => Triangle(Math.Abs(distance)),
        ResizeFilter.Hamming => Hamming(Math.Abs(distance)),
        ResizeFilter.Bicubic => Cubic(Math.Abs(distance)),
        ResizeFilter.Lanczos => distance is >= -3.0 and < 3.0 ? Sinc(distance) * Sinc(distance / 3) : 0.0,
        _ => throw new ArgumentOutOfRangeException(nameof(filter), filter, "The filter has no weights."),
    };

    private static double Triangle(double x) => x < 1.0 ? 1.0 - x : 0.0;

    // In Pillow, the window's constants have single precision and the arithmetic has double precision.
    private static double Hamming(double x)
    {
        if (x == 0.0)
        {
            return 1.0;
        }

        if (x >= 1.0)
        {
            return 0.0;
        }

        x *= Math.PI;
        return Math.Sin(x) / x * (0.54f + ((double)0.46f * Math.Cos(x)));
    }

    // Keys' cubic with a = -0.5.
    private static double Cubic(double x) => x switch
    {
        < 1.0 => ((((1.5 * x) - 2.5) * x) * x) + 1,
        < 2.0 => (((((x - 5) * x) + 8) * x) - 4) * -0.5,
        _ => 0.0,
    };

    private static double Sinc(double x)
    {
        if (x == 0.0)
        {
            return 1.0;
        }

        x *= Math.PI;
        return Math.Sin(x) / x;
    }
}
