using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using static ServerlessMme.Imaging.Jpeg.BlockVectors;

namespace ServerlessMme.Imaging.Jpeg;

/// <summary>
/// The inverse transform of a block, with the integer arithmetic of libjpeg's accurate one (jidctint.c, after Loeffler,
/// Ligtenberg and Moschytz). Transforms all columns at once, then all rows at once. Needs AVX2.
/// </summary>
internal static class InverseDct
{
    private const int Center = 128;

    /// <summary>Writes the values of a block.</summary>
    /// <param name="block">64 coefficients, by rows.</param>
    /// <param name="end">Number of coefficients, in zigzag order, that may be nonzero.</param>
    /// <param name="quantizers">Factors for the coefficients.</param>
    /// <param name="target">Rows of values.</param>
    /// <param name="stride">Distance from one row of the target to the next.</param>
    /// <param name="side">Values per row and column: 8, or 4, 2 or 1 at a reduced size.</param>
    public static void Run(
        ReadOnlySpan<short> block, int end, ReadOnlySpan<short> quantizers, Span<byte> target, int stride, int side)
    {
        if (side == 1)
        {
            target[0] = Single(block[0], quantizers[0]);
        }
        else if (end == 1)
        {
            Fill(block[0], quantizers[0], target, stride, side);
        }
        else if (side == JpegLayout.BlockSide)
        {
            Run(block, quantizers, target, stride);
        }
        else if (side == 4)
        {
            ReducedDct.Four(block, quantizers, target, stride);
        }
        else
        {
            ReducedDct.Two(block, quantizers, target, stride);
        }
    }

    // libjpeg has no SIMD for this transform, so values far out of range wrap at 10 bits only here.
    private static byte Single(short first, short quantizer) =>
        (byte)Math.Clamp((((first * quantizer) + 4) >> 3 << 22 >> 22) + Center, 0, 255);

    // If only the first coefficient is nonzero, all values are equal.
    private static void Fill(short first, short quantizer, Span<byte> target, int stride, int side)
    {
        var value = (byte)Math.Clamp((((short)(first * quantizer) + 4) >> 3) + Center, 0, 255);
        for (var i = 0; i < side; i++)
        {
            target.Slice(i * stride, side).Fill(value);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Run(ReadOnlySpan<short> block, ReadOnlySpan<short> quantizers, Span<byte> target, int stride)
    {
        var v0 = Row(block, quantizers, 0);
        var v1 = Row(block, quantizers, 1);
        var v2 = Row(block, quantizers, 2);
        var v3 = Row(block, quantizers, 3);
        var v4 = Row(block, quantizers, 4);
        var v5 = Row(block, quantizers, 5);
        var v6 = Row(block, quantizers, 6);
        var v7 = Row(block, quantizers, 7);
        Pass(ref v0, ref v1, ref v2, ref v3, ref v4, ref v5, ref v6, ref v7, ConstantBits - FirstPassBits);
        Transpose(ref v0, ref v1, ref v2, ref v3, ref v4, ref v5, ref v6, ref v7);
        Pass(ref v0, ref v1, ref v2, ref v3, ref v4, ref v5, ref v6, ref v7, ConstantBits + FirstPassBits + 3);
        Transpose(ref v0, ref v1, ref v2, ref v3, ref v4, ref v5, ref v6, ref v7);
        Write(v0, v1, target, stride);
        Write(v2, v3, target[(2 * stride)..], stride);
        Write(v4, v5, target[(4 * stride)..], stride);
        Write(v6, v7, target[(6 * stride)..], stride);
    }

    private static void Write(Vector256<int> row0, Vector256<int> row1, Span<byte> target, int stride)
    {
        var bytes = Bytes(row0, row1);
        MemoryMarshal.Write(target, bytes[0]);
        MemoryMarshal.Write(target[stride..], bytes[1]);
    }

    // Names as in libjpeg's jidctint.c, where the numbers come from: FIX(x) is x times 2 to the 13th.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pass(
        ref Vector256<int> v0, ref Vector256<int> v1, ref Vector256<int> v2, ref Vector256<int> v3,
        ref Vector256<int> v4, ref Vector256<int> v5, ref Vector256<int> v6, ref Vector256<int> v7, int shift)
    {
        var half = Vector256.Create(1 << (shift - 1));
        var z1 = (v2 + v6) * 4433;
        var (tmp2, tmp3) = (z1 - (v6 * 15137), z1 + (v2 * 6270));
        var tmp0 = ((v0 + v4) << ConstantBits) + half;
        var tmp1 = ((v0 - v4) << ConstantBits) + half;
        var (tmp10, tmp13, tmp11, tmp12) = (tmp0 + tmp3, tmp0 - tmp3, tmp1 + tmp2, tmp1 - tmp2);

        (tmp0, tmp1, tmp2, tmp3) = (v7, v5, v3, v1);
        z1 = (tmp0 + tmp3) * -7373;
        var z2 = (tmp1 + tmp2) * -20995;
        var (z3, z4) = (tmp0 + tmp2, tmp1 + tmp3);
        var z5 = (z3 + z4) * 9633;
        z3 = (z3 * -16069) + z5;
        z4 = (z4 * -3196) + z5;
        tmp0 = (tmp0 * 2446) + z1 + z3;
        tmp1 = (tmp1 * 16819) + z2 + z4;
        tmp2 = (tmp2 * 25172) + z2 + z3;
        tmp3 = (tmp3 * 12299) + z1 + z4;

        v0 = (tmp10 + tmp3) >> shift;
        v7 = (tmp10 - tmp3) >> shift;
        v1 = (tmp11 + tmp2) >> shift;
        v6 = (tmp11 - tmp2) >> shift;
        v2 = (tmp12 + tmp1) >> shift;
        v5 = (tmp12 - tmp1) >> shift;
        v3 = (tmp13 + tmp0) >> shift;
        v4 = (tmp13 - tmp0) >> shift;
    }
}
