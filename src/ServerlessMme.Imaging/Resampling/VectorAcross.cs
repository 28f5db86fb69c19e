using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ServerlessMme.Imaging.Pixels;

namespace ServerlessMme.Imaging.Resampling;

/// <summary>
/// The pass across on AVX2, and on AVX-512 for long runs of colors. Each product of an 8-bit value and a 24-bit weight
/// is split into two products with 16-bit factors, low and high, which are summed separately and combined at the end.
/// </summary>
internal static class VectorAcross
{
    // Number of groups from which the gain of wider vectors outweighs the cost of summing their lanes.
    private const int ManyGroups = 16;

    /// <summary>Resizes one row of colors to the target's width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Color(PackedWeights axis, int width, ReadOnlySpan<byte> source, Span<byte> target)
    {
        var pixels = MemoryMarshal.Cast<byte, uint>(target);
        for (var x = 0; x < width; x++)
        {
            var groups = MemoryMarshal.Cast<short, Vector128<int>>(axis.Parts(x));
            var start = source[(axis.First(x) * Rgbx.Bytes)..];
            var run = MemoryMarshal.Cast<byte, Vector128<byte>>(start)[..groups.Length];
            var sums = Avx512BW.IsSupported && groups.Length >= ManyGroups ? SumWide(groups, run) : Sum(groups, run);
            var narrow = Sse2.PackSignedSaturate(Shift(sums.GetLower() + sums.GetUpper()), Vector128<int>.Zero);
            pixels[x] = Sse2.PackUnsignedSaturate(narrow, narrow).AsUInt32().ToScalar();
        }
    }

    /// <summary>Resizes one row of gray to the target's width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gray(PackedWeights axis, int width, ReadOnlySpan<byte> source, Span<byte> target)
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

    // Four pixels per step. Each half of the vector sums every other pair of pixels: red, green, blue, unused.
    private static Vector256<int> Sum(ReadOnlySpan<Vector128<int>> groups, ReadOnlySpan<Vector128<byte>> run)
    {
        var (low, high) = (Vector256<int>.Zero, Vector256<int>.Zero);
        // Spreads the low parts of weights 0 and 1 to the lower half and of 2 and 3 to the upper half; then the high
        // parts.
        var spreadLow = Vector256.Create(0, 0, 0, 0, 1, 1, 1, 1);
        var spreadHigh = Vector256.Create(2, 2, 2, 2, 3, 3, 3, 3);
        for (var i = 0; i < groups.Length; i++)
        {
            var values = Avx2.ConvertToVector256Int16(Ssse3.Shuffle(run[i], PairColors));
            var weights = Vector256.Create(groups[i], groups[i]);
            low += Avx2.MultiplyAddAdjacent(values, Avx2.PermuteVar8x32(weights, spreadLow).AsInt16());
            high += Avx2.MultiplyAddAdjacent(values, Avx2.PermuteVar8x32(weights, spreadHigh).AsInt16());
        }

        return low + (high << PackedWeights.LowBits);
    }

    // Eight pixels per step, and four at the end if the number of groups is odd.
    private static Vector256<int> SumWide(ReadOnlySpan<Vector128<int>> groups, ReadOnlySpan<Vector128<byte>> run)
    {
        var pairs = MemoryMarshal.Cast<Vector128<int>, Vector256<int>>(groups);
        var wideRun = MemoryMarshal.Cast<Vector128<byte>, Vector256<byte>>(run)[..pairs.Length];
        var (low, high) = (Vector512<int>.Zero, Vector512<int>.Zero);
        var spreadLow = Vector512.Create(0, 0, 0, 0, 1, 1, 1, 1, 4, 4, 4, 4, 5, 5, 5, 5);
        var spreadHigh = Vector512.Create(2, 2, 2, 2, 3, 3, 3, 3, 6, 6, 6, 6, 7, 7, 7, 7);
        var pairColors = Vector256.Create(PairColors, PairColors);
        for (var i = 0; i < pairs.Length; i++)
        {
            var values = Avx512BW.ConvertToVector512Int16(Avx2.Shuffle(wideRun[i], pairColors));
            var weights = pairs[i].ToVector512Unsafe();
            low += Avx512BW.MultiplyAddAdjacent(values, Avx512F.PermuteVar16x32(weights, spreadLow).AsInt16());
            high += Avx512BW.MultiplyAddAdjacent(values, Avx512F.PermuteVar16x32(weights, spreadHigh).AsInt16());
        }

        var sums = low + (high << PackedWeights.LowBits);
        var last = 2 * pairs.Length;
        return sums.GetLower() + sums.GetUpper() + Sum(groups[last..], run[last..]);
    }

    // Reorders R0 G0 B0 X0 R1 … to R0 R1 G0 G1 …, so neighboring values of a color can be multiplied and added.
    private static Vector128<byte> PairColors =>
        Vector128.Create((byte)0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15);

    // The result has 10 bits, so saturating to 16 and then to 8 bits clips exactly.
    private static Vector128<int> Shift(Vector128<int> sums) =>
        (sums + Vector128.Create(Axis.Half)) >> Axis.FractionBits;
}
