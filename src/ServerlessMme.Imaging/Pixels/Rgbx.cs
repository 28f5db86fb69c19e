using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ServerlessMme.Imaging.Pixels;

/// <summary>A decoded pixel: red, green, blue and an unused byte, as in Pillow's RGB images.</summary>
internal static class Rgbx
{
    /// <summary>Bytes per pixel.</summary>
    public const int Bytes = 4;

    private const int Red = 19595;
    private const int Green = 38470;
    private const int Blue = 7471;
    private const int FractionBits = 16;
    private const int Half = 1 << (FractionBits - 1);

    /// <summary>
    /// Converts pixels to ITU-R 601-2 luma with 16 fraction bits, rounded as in Pillow's <c>convert("L")</c>.
    /// </summary>
    public static void ToGray(ReadOnlySpan<byte> pixels, Span<byte> gray)
    {
        var done = Avx2.IsSupported ? ToGrayByVectors(pixels, gray) : 0;
        for (var i = done; i < gray.Length; i++)
        {
            var pixel = pixels.Slice(i * Bytes, Bytes);
            gray[i] = (byte)(((pixel[0] * Red) + (pixel[1] * Green) + (pixel[2] * Blue) + Half) >> FractionBits);
        }
    }

    // Converts eight pixels at a time, and returns how many it has converted. Green counts twice at half its weight to
    // fit 16 bits.
    private static int ToGrayByVectors(ReadOnlySpan<byte> pixels, Span<byte> gray)
    {
        const short HalfGreen = Green / 2;
        var order = Vector128.Create((byte)0, 1, 2, 1, 4, 5, 6, 5, 8, 9, 10, 9, 12, 13, 14, 13);
        var weights = Vector256.Create(Vector64.Create(Red, HalfGreen, Blue, HalfGreen));
        var half = Vector256.Create(Half);
        var blocks = MemoryMarshal.Cast<byte, Vector128<byte>>(pixels);
        var eights = MemoryMarshal.Cast<byte, Vector64<byte>>(gray);
        for (var i = 0; i < eights.Length; i++)
        {
            var values0 = Avx2.ConvertToVector256Int16(Ssse3.Shuffle(blocks[2 * i], order));
            var values1 = Avx2.ConvertToVector256Int16(Ssse3.Shuffle(blocks[(2 * i) + 1], order));
            var sums = Avx2.HorizontalAdd(
                Avx2.MultiplyAddAdjacent(values0, weights), Avx2.MultiplyAddAdjacent(values1, weights));
            // The horizontal add leaves the pixels in the order 0 1 4 5 2 3 6 7.
            var luma = Avx2.Permute4x64(((sums + half) >> FractionBits).AsInt64(), 0b11_01_10_00).AsInt32();
            var words = Sse2.PackSignedSaturate(luma.GetLower(), luma.GetUpper());
            eights[i] = Sse2.PackUnsignedSaturate(words, words).GetLower();
        }

        return eights.Length * Vector64<byte>.Count;
    }
}
