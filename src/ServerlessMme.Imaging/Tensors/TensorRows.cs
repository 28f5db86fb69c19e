using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ServerlessMme.Imaging.Tensors;

/// <summary>
/// The loops that write a row of the tensor. A pixel is read as 32 bits, with red in the lowest byte.
/// </summary>
internal static class TensorRows
{
    /// <summary>Copies one channel of colors.</summary>
    public static void CopyPlane(ReadOnlySpan<uint> pixels, int from, Span<byte> plane)
    {
        pixels = pixels[..plane.Length];
        for (var x = 0; x < pixels.Length; x++)
        {
            plane[x] = (byte)(pixels[x] >> (8 * from));
        }
    }

    /// <summary>Copies all channels of colors, side by side.</summary>
    public static void CopyPixels(ReadOnlySpan<uint> pixels, bool blueFirst, Span<byte> row)
    {
        var (first, last) = blueFirst ? (16, 0) : (0, 16);
        for (int x = 0, at = 0; at + 2 < row.Length; x++, at += 3)
        {
            row[at] = (byte)(pixels[x] >> first);
            row[at + 1] = (byte)(pixels[x] >> 8);
            row[at + 2] = (byte)(pixels[x] >> last);
        }
    }

    /// <summary>Normalizes a row of gray.</summary>
    public static void NormalizeGray(ReadOnlySpan<byte> grays, ReadOnlySpan<float> table, Span<float> row)
    {
        grays = grays[..row.Length];
        for (var x = 0; x < grays.Length; x++)
        {
            row[x] = table[grays[x]];
        }
    }

    /// <summary>Normalizes one channel of colors.</summary>
    public static unsafe void NormalizePlane(
        ReadOnlySpan<uint> pixels, int from, ReadOnlySpan<float> table, Span<float> plane)
    {
        pixels = pixels[..plane.Length];
        var x = 0;
        if (Avx2.IsSupported)
        {
            fixed (float* values = table)
            {
                for (; x + Vector256<int>.Count <= pixels.Length; x += Vector256<int>.Count)
                {
                    var indices = (Vector256.Create(pixels[x..]) >> (8 * from)) & Vector256.Create(0xFFu);
                    Avx2.GatherVector256(values, indices.AsInt32(), sizeof(float)).CopyTo(plane[x..]);
                }
            }
        }

        for (; x < pixels.Length; x++)
        {
            plane[x] = table[(byte)(pixels[x] >> (8 * from))];
        }
    }

    /// <summary>Normalizes all channels of colors, side by side.</summary>
    public static void NormalizePixels(
        ReadOnlySpan<uint> pixels, bool blueFirst, Normalization normalization, Span<float> row)
    {
        var (first, last) = blueFirst ? (16, 0) : (0, 16);
        var table0 = normalization.Channel(0);
        var table1 = normalization.Channel(1);
        var table2 = normalization.Channel(2);
        for (int x = 0, at = 0; at + 2 < row.Length; x++, at += 3)
        {
            row[at] = table0[(byte)(pixels[x] >> first)];
            row[at + 1] = table1[(byte)(pixels[x] >> 8)];
            row[at + 2] = table2[(byte)(pixels[x] >> last)];
        }
    }
}
