using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ServerlessMme.Imaging.Jpeg;

/// <summary>
/// The inverse transform of a block of 8 × 8, in whole numbers as libjpeg's accurate one ("islow", after Loeffler,
/// Ligtenberg and Moschytz): all columns at once, then all rows at once. Needs AVX2.
/// </summary>
internal static class InverseDct
{
    private const int Side = 8;
    private const int ConstantBits = 13;
    private const int FirstPassBits = 2;
    private const int Centre = 128;

    /// <summary>Writes 8 rows of 8 values.</summary>
    /// <param name="block">64 coefficients, in rows.</param>
    /// <param name="quantisers">What they are multiplied with.</param>
    /// <param name="stride">From one row of the target to the next.</param>
    public static void Run(
        ReadOnlySpan<short> block, ReadOnlySpan<short> quantisers, Span<byte> target, int stride)
    {
        var coefficients = MemoryMarshal.Cast<short, Vector128<short>>(block);
        var factors = MemoryMarshal.Cast<short, Vector128<short>>(quantisers);
        var v0 = Avx2.ConvertToVector256Int32(coefficients[0] * factors[0]);
        var v1 = Avx2.ConvertToVector256Int32(coefficients[1] * factors[1]);
        var v2 = Avx2.ConvertToVector256Int32(coefficients[2] * factors[2]);
        var v3 = Avx2.ConvertToVector256Int32(coefficients[3] * factors[3]);
        var v4 = Avx2.ConvertToVector256Int32(coefficients[4] * factors[4]);
        var v5 = Avx2.ConvertToVector256Int32(coefficients[5] * factors[5]);
        var v6 = Avx2.ConvertToVector256Int32(coefficients[6] * factors[6]);
        var v7 = Avx2.ConvertToVector256Int32(coefficients[7] * factors[7]);
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
        var words = Avx2.PackSignedSaturate(row0, row1);
        var bytes = Avx2.PackSignedSaturate(words, words).AsByte() + Vector256.Create((byte)Centre);
        // Each lane has one half of both rows.
        var rows = Sse2.UnpackLow(bytes.GetLower().AsUInt32(), bytes.GetUpper().AsUInt32()).AsUInt64();
        MemoryMarshal.Write(target, rows[0]);
        MemoryMarshal.Write(target[stride..], rows[1]);
    }

    /// <summary>Writes 8 rows of 8 values, all alike, for a block with nothing but its first coefficient.</summary>
    public static void Fill(short first, short quantiser, Span<byte> target, int stride)
    {
        var value = (byte)Math.Clamp((((short)(first * quantiser) + 4) >> 3) + Centre, 0, 255);
        for (var i = 0; i < Side; i++)
            target.Slice(i * stride, Side).Fill(value);
    }

    // Names as in libjpeg's jidctint.c, where the numbers come from: FIX(x) is x times 2 to the 13th.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pass(ref Vector256<int> v0, ref Vector256<int> v1, ref Vector256<int> v2, ref Vector256<int> v3, ref Vector256<int> v4, ref Vector256<int> v5, ref Vector256<int> v6, ref Vector256<int> v7, int shift)
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(ref Vector256<int> v0, ref Vector256<int> v1, ref Vector256<int> v2, ref Vector256<int> v3, ref Vector256<int> v4, ref Vector256<int> v5, ref Vector256<int> v6, ref Vector256<int> v7)
    {
        var (a0, a1) = (Avx2.UnpackLow(v0, v1).AsInt64(), Avx2.UnpackHigh(v0, v1).AsInt64());
        var (a2, a3) = (Avx2.UnpackLow(v2, v3).AsInt64(), Avx2.UnpackHigh(v2, v3).AsInt64());
        var (a4, a5) = (Avx2.UnpackLow(v4, v5).AsInt64(), Avx2.UnpackHigh(v4, v5).AsInt64());
        var (a6, a7) = (Avx2.UnpackLow(v6, v7).AsInt64(), Avx2.UnpackHigh(v6, v7).AsInt64());
        var (b0, b1) = (Avx2.UnpackLow(a0, a2).AsInt32(), Avx2.UnpackHigh(a0, a2).AsInt32());
        var (b2, b3) = (Avx2.UnpackLow(a1, a3).AsInt32(), Avx2.UnpackHigh(a1, a3).AsInt32());
        var (b4, b5) = (Avx2.UnpackLow(a4, a6).AsInt32(), Avx2.UnpackHigh(a4, a6).AsInt32());
        var (b6, b7) = (Avx2.UnpackLow(a5, a7).AsInt32(), Avx2.UnpackHigh(a5, a7).AsInt32());
        v0 = Avx2.Permute2x128(b0, b4, 0x20);
        v1 = Avx2.Permute2x128(b1, b5, 0x20);
        v2 = Avx2.Permute2x128(b2, b6, 0x20);
        v3 = Avx2.Permute2x128(b3, b7, 0x20);
        v4 = Avx2.Permute2x128(b0, b4, 0x31);
        v5 = Avx2.Permute2x128(b1, b5, 0x31);
        v6 = Avx2.Permute2x128(b2, b6, 0x31);
        v7 = Avx2.Permute2x128(b3, b7, 0x31);
    }
}
