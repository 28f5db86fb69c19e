using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using static ServerlessMme.Imaging.Jpeg.BlockVectors;

namespace ServerlessMme.Imaging.Jpeg;

/// <summary>
/// The inverse transforms of a block to a reduced size, with libjpeg's integer arithmetic (names and numbers are from
/// jidctred.c). They skip the coefficients that have no effect. Needs AVX2.
/// </summary>
internal static class ReducedDct
{
    /// <summary>Writes 4 rows of 4 values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Four(ReadOnlySpan<short> block, ReadOnlySpan<short> quantizers, Span<byte> target, int stride)
    {
        var v0 = Row(block, quantizers, 0);
        var v1 = Row(block, quantizers, 1);
        var v2 = Row(block, quantizers, 2);
        var v3 = Row(block, quantizers, 3);
        var v4 = Vector256<int>.Zero;
        var v5 = Row(block, quantizers, 5);
        var v6 = Row(block, quantizers, 6);
        var v7 = Row(block, quantizers, 7);
        PassOfFour(ref v0, ref v1, ref v2, ref v3, v5, v6, v7, ConstantBits - FirstPassBits + 1);
        (v5, v6, v7) = (v4, v4, v4);
        Transpose(ref v0, ref v1, ref v2, ref v3, ref v4, ref v5, ref v6, ref v7);
        PassOfFour(ref v0, ref v1, ref v2, ref v3, v5, v6, v7, ConstantBits + FirstPassBits + 3 + 1);
        Transpose(ref v0, ref v1, ref v2, ref v3, ref v4, ref v5, ref v6, ref v7);
        var (upper, lower) = (Bytes(v0, v1), Bytes(v2, v3));
        MemoryMarshal.Write(target, (uint)upper[0]);
        MemoryMarshal.Write(target[stride..], (uint)upper[1]);
        MemoryMarshal.Write(target[(2 * stride)..], (uint)lower[0]);
        MemoryMarshal.Write(target[(3 * stride)..], (uint)lower[1]);
    }

    /// <summary>Writes 2 rows of 2 values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Two(ReadOnlySpan<short> block, ReadOnlySpan<short> quantizers, Span<byte> target, int stride)
    {
        var v0 = Row(block, quantizers, 0);
        var v1 = Row(block, quantizers, 1);
        var v3 = Row(block, quantizers, 3);
        var v5 = Row(block, quantizers, 5);
        var v7 = Row(block, quantizers, 7);
        PassOfTwo(ref v0, ref v1, v3, v5, v7, ConstantBits - FirstPassBits + 2);
        // In the second pass, each of the two rows takes two sums of products.
        var (even, odd) = (Vector256.Create(1 << (ConstantBits + 2), 0, 0, 0, 0, 0, 0, 0), OddOfTwo);
        var (sum0, sum1) = (Vector256.Sum(v0 * even), Vector256.Sum(v1 * even));
        var (part0, part1) = (Vector256.Sum(v0 * odd), Vector256.Sum(v1 * odd));
        var row0 = Vector256.Create(Round(sum0 + part0), Round(sum0 - part0), 0, 0, 0, 0, 0, 0);
        var row1 = Vector256.Create(Round(sum1 + part1), Round(sum1 - part1), 0, 0, 0, 0, 0, 0);
        var bytes = Bytes(row0, row1);
        MemoryMarshal.Write(target, (ushort)bytes[0]);
        MemoryMarshal.Write(target[stride..], (ushort)bytes[1]);
    }

    private static Vector256<int> OddOfTwo => Vector256.Create(0, 29692, 0, -10426, 0, 6967, 0, -5906);

    private static int Round(int sum)
    {
        const int Shift = ConstantBits + FirstPassBits + 3 + 2;
        return (sum + (1 << (Shift - 1))) >> Shift;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PassOfFour(
        ref Vector256<int> v0, ref Vector256<int> v1, ref Vector256<int> v2, ref Vector256<int> v3,
        Vector256<int> v5, Vector256<int> v6, Vector256<int> v7, int shift)
    {
        var tmp0 = (v0 << (ConstantBits + 1)) + Vector256.Create(1 << (shift - 1));
        var tmp2 = (v2 * 15137) - (v6 * 6270);
        var (tmp10, tmp12) = (tmp0 + tmp2, tmp0 - tmp2);
        tmp0 = (v7 * -1730) + (v5 * 11893) - (v3 * 17799) + (v1 * 8697);
        tmp2 = (v7 * -4176) - (v5 * 4926) + (v3 * 7373) + (v1 * 20995);
        v0 = (tmp10 + tmp2) >> shift;
        v3 = (tmp10 - tmp2) >> shift;
        v1 = (tmp12 + tmp0) >> shift;
        v2 = (tmp12 - tmp0) >> shift;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PassOfTwo(
        ref Vector256<int> v0, ref Vector256<int> v1, Vector256<int> v3, Vector256<int> v5, Vector256<int> v7,
        int shift)
    {
        var tmp10 = (v0 << (ConstantBits + 2)) + Vector256.Create(1 << (shift - 1));
        var tmp0 = (v7 * -5906) + (v5 * 6967) - (v3 * 10426) + (v1 * 29692);
        v0 = (tmp10 + tmp0) >> shift;
        v1 = (tmp10 - tmp0) >> shift;
    }
}
