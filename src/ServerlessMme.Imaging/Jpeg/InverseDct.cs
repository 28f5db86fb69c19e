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
        var values = default(Eight);
        var coefficients = MemoryMarshal.Cast<short, Vector128<short>>(block);
        var factors = MemoryMarshal.Cast<short, Vector128<short>>(quantisers);
        for (var i = 0; i < Side; i++)
            values[i] = Avx2.ConvertToVector256Int32(coefficients[i] * factors[i]);
        Pass(ref values, ConstantBits - FirstPassBits);
        Transpose(ref values);
        Pass(ref values, ConstantBits + FirstPassBits + 3);
        Transpose(ref values);
        for (var i = 0; i < Side; i += 2)
        {
            var words = Avx2.PackSignedSaturate(values[i], values[i + 1]);
            var bytes = Avx2.PackSignedSaturate(words, words).AsByte() + Vector256.Create((byte)Centre);
            // Each lane has one half of both rows.
            var rows = Sse2.UnpackLow(bytes.GetLower().AsUInt32(), bytes.GetUpper().AsUInt32()).AsUInt64();
            MemoryMarshal.Write(target[(i * stride)..], rows[0]);
            MemoryMarshal.Write(target[((i + 1) * stride)..], rows[1]);
        }
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
    private static void Pass(ref Eight v, int shift)
    {
        var half = Vector256.Create(1 << (shift - 1));
        var z1 = (v[2] + v[6]) * 4433;
        var (tmp2, tmp3) = (z1 - (v[6] * 15137), z1 + (v[2] * 6270));
        var tmp0 = ((v[0] + v[4]) << ConstantBits) + half;
        var tmp1 = ((v[0] - v[4]) << ConstantBits) + half;
        var (tmp10, tmp13, tmp11, tmp12) = (tmp0 + tmp3, tmp0 - tmp3, tmp1 + tmp2, tmp1 - tmp2);

        (tmp0, tmp1, tmp2, tmp3) = (v[7], v[5], v[3], v[1]);
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

        v[0] = (tmp10 + tmp3) >> shift;
        v[7] = (tmp10 - tmp3) >> shift;
        v[1] = (tmp11 + tmp2) >> shift;
        v[6] = (tmp11 - tmp2) >> shift;
        v[2] = (tmp12 + tmp1) >> shift;
        v[5] = (tmp12 - tmp1) >> shift;
        v[3] = (tmp13 + tmp0) >> shift;
        v[4] = (tmp13 - tmp0) >> shift;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(ref Eight v)
    {
        var (a0, a1) = (Avx2.UnpackLow(v[0], v[1]).AsInt64(), Avx2.UnpackHigh(v[0], v[1]).AsInt64());
        var (a2, a3) = (Avx2.UnpackLow(v[2], v[3]).AsInt64(), Avx2.UnpackHigh(v[2], v[3]).AsInt64());
        var (a4, a5) = (Avx2.UnpackLow(v[4], v[5]).AsInt64(), Avx2.UnpackHigh(v[4], v[5]).AsInt64());
        var (a6, a7) = (Avx2.UnpackLow(v[6], v[7]).AsInt64(), Avx2.UnpackHigh(v[6], v[7]).AsInt64());
        var (b0, b1) = (Avx2.UnpackLow(a0, a2).AsInt32(), Avx2.UnpackHigh(a0, a2).AsInt32());
        var (b2, b3) = (Avx2.UnpackLow(a1, a3).AsInt32(), Avx2.UnpackHigh(a1, a3).AsInt32());
        var (b4, b5) = (Avx2.UnpackLow(a4, a6).AsInt32(), Avx2.UnpackHigh(a4, a6).AsInt32());
        var (b6, b7) = (Avx2.UnpackLow(a5, a7).AsInt32(), Avx2.UnpackHigh(a5, a7).AsInt32());
        v[0] = Avx2.Permute2x128(b0, b4, 0x20);
        v[1] = Avx2.Permute2x128(b1, b5, 0x20);
        v[2] = Avx2.Permute2x128(b2, b6, 0x20);
        v[3] = Avx2.Permute2x128(b3, b7, 0x20);
        v[4] = Avx2.Permute2x128(b0, b4, 0x31);
        v[5] = Avx2.Permute2x128(b1, b5, 0x31);
        v[6] = Avx2.Permute2x128(b2, b6, 0x31);
        v[7] = Avx2.Permute2x128(b3, b7, 0x31);
    }

    [InlineArray(Side)]
    private struct Eight
    {
        private Vector256<int> _first;
    }
}
