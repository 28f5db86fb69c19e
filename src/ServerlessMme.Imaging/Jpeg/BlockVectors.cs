using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ServerlessMme.Imaging.Jpeg;

/// <summary>
/// Operations of the inverse transforms on a block, which is eight vectors of eight values. Needs AVX2.
/// </summary>
internal static class BlockVectors
{
    /// <summary>Fraction bits of the transforms' constants.</summary>
    public const int ConstantBits = 13;

    /// <summary>Fraction bits that values keep from the first pass to the second.</summary>
    public const int FirstPassBits = 2;

    private const byte Center = 128;

    /// <summary>Returns a row of a block's coefficients, each multiplied by its quantizer.</summary>
    public static Vector256<int> Row(ReadOnlySpan<short> block, ReadOnlySpan<short> quantizers, int row)
    {
        var coefficients = MemoryMarshal.Cast<short, Vector128<short>>(block)[row];
        var factors = MemoryMarshal.Cast<short, Vector128<short>>(quantizers)[row];
        return Avx2.ConvertToVector256Int32(coefficients * factors);
    }

    /// <summary>Returns two rows of values around 0 as bytes around 128, clipped.</summary>
    public static Vector128<ulong> Bytes(Vector256<int> row0, Vector256<int> row1)
    {
        var words = Avx2.PackSignedSaturate(row0, row1);
        var bytes = Avx2.PackSignedSaturate(words, words).AsByte() + Vector256.Create(Center);
        // Each lane contains one half of both rows.
        return Sse2.UnpackLow(bytes.GetLower().AsUInt32(), bytes.GetUpper().AsUInt32()).AsUInt64();
    }

    /// <summary>Turns rows into columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose(
        ref Vector256<int> v0, ref Vector256<int> v1, ref Vector256<int> v2, ref Vector256<int> v3,
        ref Vector256<int> v4, ref Vector256<int> v5, ref Vector256<int> v6, ref Vector256<int> v7)
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
