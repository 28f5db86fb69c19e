using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ServerlessMme.Imaging.Pixels;

namespace ServerlessMme.Imaging.Jpeg;

/// <summary>
/// Turns rows of luma and chroma into rows of pixels as libjpeg does: half-size chroma goes through its triangle filter
/// ("fancy upsampling"), and colors are converted with 16 fraction bits. Rows have room for whole vectors past their
/// end. Needs AVX2.
/// </summary>
internal static class ColorRows
{
    /// <summary>Spare values after the end of each row.</summary>
    public const int Slack = 64;

    // Values before the first sum of a row.
    private const int Lead = 1;

    // Chroma samples per vector.
    private const int Step = 16;

    /// <summary>Adds two rows of chroma: three parts of the near row to one part of the far row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sum(ReadOnlySpan<byte> near, ReadOnlySpan<byte> far, int width, Span<ushort> sums)
    {
        for (var x = 0; x < width; x += Step)
        {
            ((Widen(near, x) * 3) + Widen(far, x)).CopyTo(sums[(Lead + x)..]);
        }
    }

    /// <summary>Copies a row of chroma, where no sums are needed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy(ReadOnlySpan<byte> row, int width, Span<ushort> sums)
    {
        for (var x = 0; x < width; x += Step)
        {
            Widen(row, x).CopyTo(sums[(Lead + x)..]);
        }
    }

    /// <summary>Doubles the number of values by writing each value twice.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Repeat(ReadOnlySpan<byte> row, int width, Span<byte> target)
    {
        for (var x = 0; x < width; x += Step)
        {
            var values = Widen(row, x);
            (values | (values << 8)).AsByte().CopyTo(target[(2 * x)..]);
        }
    }

    /// <summary>
    /// Doubles the number of values. Each value is three parts of the near sum and one part of the far sum, rounded up
    /// and down alternately.
    /// </summary>
    /// <param name="width">Number of sums.</param>
    /// <param name="shift">4 for sums of two rows, 2 for one row.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Across(Span<ushort> sums, int width, int shift, Span<byte> target)
    {
        sums[0] = sums[Lead];
        sums[Lead + width] = sums[Lead + width - 1];
        var (evens, odds) = shift == 4 ? (8, 7) : (1, 2);
        var (even, odd) = (Vector256.Create((ushort)evens), Vector256.Create((ushort)odds));
        for (var x = 0; x < width; x += Step)
        {
            var near = Vector256.Create<ushort>(sums[(Lead + x)..]) * 3;
            var left = (near + Vector256.Create<ushort>(sums[x..]) + even) >> shift;
            var right = (near + Vector256.Create<ushort>(sums[(Lead + x + 1)..]) + odd) >> shift;
            (left | (right << 8)).AsByte().CopyTo(target[(2 * x)..]);
        }
    }

    /// <summary>Converts a row of colors to pixels of 4 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ToPixels(
        ReadOnlySpan<byte> luma, ReadOnlySpan<byte> blues, ReadOnlySpan<byte> reds, int width, Span<byte> pixels)
    {
        var center = Vector256.Create((short)128);
        for (var x = 0; x < width; x += Step)
        {
            var y = Widen(luma, x).AsInt16();
            var cb = Widen(blues, x).AsInt16() - center;
            var cr = Widen(reds, x).AsInt16() - center;
            Write(y + Red(cr), y + Green(cb, cr), y + Blue(cb), pixels[(x * Rgbx.Bytes)..]);
        }
    }

    /// <summary>Converts a row of gray to pixels of 4 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ToPixels(ReadOnlySpan<byte> luma, int width, Span<byte> pixels)
    {
        for (var x = 0; x < width; x += Step)
        {
            var y = Widen(luma, x).AsInt16();
            Write(y, y, y, pixels[(x * Rgbx.Bytes)..]);
        }
    }

    // 1.402 cr: 0.402 of twice the value, halved with rounding, plus the value.
    private static Vector256<short> Red(Vector256<short> cr) =>
        Half(Avx2.MultiplyHigh(cr + cr, Vector256.Create((short)26345))) + cr;

    // 1.772 cb, as 2 - 0.228.
    private static Vector256<short> Blue(Vector256<short> cb) =>
        Half(Avx2.MultiplyHigh(cb + cb, Vector256.Create((short)-14942))) + cb + cb;

    // -0.34414 cb - 0.71414 cr, the last factor as 0.28586 - 1.
    private static Vector256<short> Green(Vector256<short> cb, Vector256<short> cr)
    {
        var weights = Vector256.Create(-22554 & 0xFFFF | (18734 << 16)).AsInt16();
        var half = Vector256.Create(1 << 15);
        var low = (Avx2.MultiplyAddAdjacent(Avx2.UnpackLow(cb, cr), weights) + half) >> 16;
        var high = (Avx2.MultiplyAddAdjacent(Avx2.UnpackHigh(cb, cr), weights) + half) >> 16;
        return Avx2.PackSignedSaturate(low, high) - cr;
    }

    private static Vector256<short> Half(Vector256<short> value) => (value + Vector256<short>.One) >> 1;

    private static void Write(Vector256<short> red, Vector256<short> green, Vector256<short> blue, Span<byte> pixels)
    {
        // Clipped to bytes: red and blue, green and green, in each lane.
        var redBlue = Avx2.PackUnsignedSaturate(red, blue);
        var greens = Avx2.PackUnsignedSaturate(green, green);
        var redGreen = Avx2.UnpackLow(redBlue, greens).AsUInt16();
        var blueNone = Avx2.UnpackHigh(redBlue, Vector256<byte>.Zero).AsUInt16();
        var (first, second) = (Avx2.UnpackLow(redGreen, blueNone), Avx2.UnpackHigh(redGreen, blueNone));
        Avx2.Permute2x128(first, second, 0x20).AsByte().CopyTo(pixels);
        Avx2.Permute2x128(first, second, 0x31).AsByte().CopyTo(pixels[Vector256<byte>.Count..]);
    }

    private static Vector256<ushort> Widen(ReadOnlySpan<byte> row, int x) =>
        Avx2.ConvertToVector256Int16(Vector128.Create(row[x..])).AsUInt16();
}
