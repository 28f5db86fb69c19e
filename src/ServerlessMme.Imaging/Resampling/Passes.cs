using System.Runtime.Intrinsics.X86;

namespace ServerlessMme.Imaging.Resampling;

/// <summary>
/// The two passes of a resize. Sums of products wrap at 32 bits and their true value fits, so any order and any split
/// of the weights give the same result. The implementation is chosen by speed alone.
/// </summary>
internal static class Passes
{
    /// <summary>One row to the target's width.</summary>
    /// <param name="channels">Bytes per pixel: 1 for gray, 4 for colors.</param>
    public static void Across(Axis axis, int channels, ReadOnlySpan<byte> source, Span<byte> target)
    {
        if (axis.IsIdentity)
        {
            source.Slice(axis.From * channels, axis.TargetLength * channels).CopyTo(target);
        }
        else if (channels == 1)
        {
            AcrossGray(axis, source, target);
        }
        else
        {
            AcrossColor(axis, source, target);
        }
    }

    /// <summary>One row of colors to the target's width.</summary>
    public static void AcrossColor(Axis axis, ReadOnlySpan<byte> source, Span<byte> target)
    {
        if (Avx2.IsSupported && axis.Packed is { } packed)
        {
            VectorAcross.Color(packed, axis.TargetLength, source, target);
        }
        else
        {
            ScalarPasses.AcrossColor(axis, source, target);
        }
    }

    /// <summary>One gray row to the target's width.</summary>
    public static void AcrossGray(Axis axis, ReadOnlySpan<byte> source, Span<byte> target)
    {
        if (Avx2.IsSupported && axis.Packed is { } packed)
        {
            VectorAcross.Gray(packed, axis.TargetLength, source, target);
        }
        else
        {
            ScalarPasses.AcrossGray(axis, source, target);
        }
    }

    /// <summary>One target row from the held source rows.</summary>
    public static void Down(Axis axis, int targetRow, RowWindow window, Span<byte> target)
    {
        if (Avx512BW.IsSupported && axis.Packed is { } packed && target.Length >= VectorDown512.BlockBytes)
        {
            VectorDown512.Run(packed, targetRow, window, target);
        }
        else if (Avx2.IsSupported && axis.Packed is { } narrow && target.Length >= VectorDown256.BlockBytes)
        {
            VectorDown256.Run(narrow, targetRow, window, target);
        }
        else
        {
            ScalarPasses.Down(axis.Weights(targetRow), window, axis.First(targetRow), target);
        }
    }
}
