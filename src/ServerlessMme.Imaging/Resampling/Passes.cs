using System.Runtime.Intrinsics.X86;

namespace ServerlessMme.Imaging.Resampling;

/// <summary>
/// The two passes of a resize. Sums of products wrap at 32 bits, but their final value fits, so the result doesn't
/// depend on the order of the sums or on how weights are split. The choice of an implementation affects only speed.
/// </summary>
internal static class Passes
{
    /// <summary>Resizes one row to the target's width.</summary>
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

    /// <summary>Resizes one row of colors to the target's width.</summary>
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

    /// <summary>Resizes one row of gray to the target's width.</summary>
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

    /// <summary>Computes one target row from the held source rows.</summary>
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
