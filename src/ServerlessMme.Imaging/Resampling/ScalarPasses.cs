using ServerlessMme.Imaging.Pixels;

namespace ServerlessMme.Imaging.Resampling;

/// <summary>The weighted sums of a resize, one value at a time. Vector versions must give the same results.</summary>
internal static class ScalarPasses
{
    /// <summary>Resizes one row of colors to the target's width.</summary>
    public static void AcrossColor(Axis axis, ReadOnlySpan<byte> source, Span<byte> target)
    {
        for (var x = 0; x < axis.TargetLength; x++)
        {
            var weights = axis.Weights(x);
            var run = source.Slice(axis.First(x) * Rgbx.Bytes, weights.Length * Rgbx.Bytes);
            var (red, green, blue) = (Axis.Half, Axis.Half, Axis.Half);
            for (var i = 0; i < weights.Length; i++)
            {
                red += run[i * Rgbx.Bytes] * weights[i];
                green += run[(i * Rgbx.Bytes) + 1] * weights[i];
                blue += run[(i * Rgbx.Bytes) + 2] * weights[i];
            }

            var pixel = target.Slice(x * Rgbx.Bytes, Rgbx.Bytes);
            pixel[0] = Round(red);
            pixel[1] = Round(green);
            pixel[2] = Round(blue);
            pixel[3] = 0;
        }
    }

    /// <summary>Resizes one row of gray to the target's width.</summary>
    public static void AcrossGray(Axis axis, ReadOnlySpan<byte> source, Span<byte> target)
    {
        for (var x = 0; x < axis.TargetLength; x++)
        {
            var weights = axis.Weights(x);
            var run = source.Slice(axis.First(x), weights.Length);
            var sum = Axis.Half;
            for (var i = 0; i < weights.Length; i++)
            {
                sum += run[i] * weights[i];
            }

            target[x] = Round(sum);
        }
    }

    /// <summary>Computes one target row from the held source rows.</summary>
    public static void Down(ReadOnlySpan<int> weights, RowWindow window, int first, Span<byte> target)
    {
        for (var x = 0; x < target.Length; x++)
        {
            var sum = Axis.Half;
            for (var i = 0; i < weights.Length; i++)
            {
                sum += window.Row(first + i)[x] * weights[i];
            }

            target[x] = Round(sum);
        }
    }

    private static byte Round(int sum) => (byte)Math.Clamp(sum >> Axis.FractionBits, 0, 255);
}
