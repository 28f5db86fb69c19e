using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ServerlessMme.Imaging.Resampling;

/// <summary>
/// The pass across on AVX2. A product of an 8-bit value and a 24-bit weight is made of two products with 16-bit
/// factors, low and high, that are summed apart and put together at the end.
/// </summary>
internal static class VectorAcross
{
    // R0 G0 B0 X0 R1 … to R0 R1 G0 G1 … : neighbours of one colour side by side, to be multiplied and added.
    private static Vector128<byte> PairColours =>
        Vector128.Create((byte)0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15);

    // The low parts of a group's weights 0 and 1 to the lower half, of 2 and 3 to the upper; then its high parts.
    private static Vector256<int> SpreadLow => Vector256.Create(0, 0, 0, 0, 1, 1, 1, 1);

    private static Vector256<int> SpreadHigh => Vector256.Create(2, 2, 2, 2, 3, 3, 3, 3);

    /// <summary>One row of colours to the target's width.</summary>
    public static void Colour(PackedWeights axis, int width, ReadOnlySpan<byte> source, Span<byte> target)
    {
        var pixels = MemoryMarshal.Cast<byte, uint>(target);
        for (var x = 0; x < width; x++)
        {
            var groups = MemoryMarshal.Cast<short, Vector128<int>>(axis.Parts(x));
            var start = source[(axis.First(x) * Rgbx.Bytes)..];
            var run = MemoryMarshal.Cast<byte, Vector128<byte>>(start)[..groups.Length];
            var (low, high) = (Vector256<int>.Zero, Vector256<int>.Zero);
            for (var i = 0; i < groups.Length; i++)
            {
                var values = Avx2.ConvertToVector256Int16(Ssse3.Shuffle(run[i], PairColours));
                var weights = Vector256.Create(groups[i], groups[i]);
                var lowWeights = Avx2.PermuteVar8x32(weights, SpreadLow).AsInt16();
                var highWeights = Avx2.PermuteVar8x32(weights, SpreadHigh).AsInt16();
                low += Avx2.MultiplyAddAdjacent(values, lowWeights);
                high += Avx2.MultiplyAddAdjacent(values, highWeights);
            }

            var sums = Join(low, high);
            var narrow = Narrow(sums.GetLower() + sums.GetUpper(), Vector128<int>.Zero);
            pixels[x] = Sse2.PackUnsignedSaturate(narrow, narrow).AsUInt32().ToScalar();
        }
    }

    /// <summary>One grey row to the target's width.</summary>
    public static void Grey(PackedWeights axis, int width, ReadOnlySpan<byte> source, Span<byte> target)
    {
        for (var x = 0; x < width; x++)
        {
            var groups = MemoryMarshal.Cast<short, Vector128<short>>(axis.Parts(x));
            var run = MemoryMarshal.Cast<byte, uint>(source[axis.First(x)..])[..groups.Length];
            var sums = Vector128<int>.Zero;
            for (var i = 0; i < groups.Length; i++)
            {
                var values = Sse41.ConvertToVector128Int16(Vector128.Create(run[i]).AsByte());
                sums += Sse2.MultiplyAddAdjacent(values, groups[i]);
            }

            var sum = sums[0] + sums[1] + ((sums[2] + sums[3]) << PackedWeights.LowBits);
            target[x] = (byte)Math.Clamp((sum + Axis.Half) >> Axis.FractionBits, 0, 255);
        }
    }

    private static Vector256<int> Join(Vector256<int> low, Vector256<int> high) =>
        low + (high << PackedWeights.LowBits);

    // Saturation to 16 and then to 8 bits clips exactly: a sum has no more than 10 bits left after the shift.
    private static Vector128<short> Narrow(Vector128<int> lower, Vector128<int> upper)
    {
        var half = Vector128.Create(Axis.Half);
        return Sse2.PackSignedSaturate((lower + half) >> Axis.FractionBits, (upper + half) >> Axis.FractionBits);
    }
}
