using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Imaging.Resampling;

/// <summary>
/// One axis of a resize: for every target position, the run of source positions that contribute to it, and their
/// weights in fixed point. Immutable, so threads share it.
/// </summary>
internal sealed class Axis
{
    /// <summary>Fraction bits of a weight: 32 minus 8 for the pixel and 2 for sums above 1 and below 0.</summary>
    public const int FractionBits = 32 - 8 - 2;

    /// <summary>The initial value of a sum of products. It makes the final shift round to the nearest value.</summary>
    public const int Half = 1 << (FractionBits - 1);

    private readonly int[] _first;
    private readonly int[] _count;
    private readonly int[] _weights;

    private Axis(AxisSpec spec, int stride)
    {
        SourceLength = spec.Source;
        TargetLength = spec.Count;
        IsIdentity = spec.IsIdentity;
        From = spec.IsMirrored ? spec.Target - spec.From - spec.Count : spec.From;
        Stride = stride;
        _first = new int[spec.Count];
        _count = new int[spec.Count];
        _weights = new int[checked(spec.Count * stride)];
    }

    public int SourceLength { get; }

    /// <summary>Number of target positions that are computed. Positions are counted from the first of them.</summary>
    public int TargetLength { get; }

    /// <summary>Target positions before the first one that is computed.</summary>
    public int From { get; }

    /// <summary>Number of weights that each target position has room for, at least those of the longest run.</summary>
    public int Stride { get; }

    /// <summary>True if nothing changes. The pass is skipped in this case, as in Pillow.</summary>
    public bool IsIdentity { get; }

    /// <summary>The same weights for vectors; null if the source is too short.</summary>
    public PackedWeights? Packed { get; private set; }

    /// <summary>Memory of the tables, in bytes.</summary>
    public long Bytes => sizeof(int) * ((2L * _weights.Length) + _first.Length + _count.Length);

    /// <summary>Returns the first source position of a target position.</summary>
    public int First(int target) => _first[target];

    /// <summary>Returns the source position after the last one of a target position.</summary>
    public int End(int target) => _first[target] + _count[target];

    /// <summary>Returns the weights of a target position's run.</summary>
    public ReadOnlySpan<int> Weights(int target) => _weights.AsSpan(target * Stride, _count[target]);

    /// <summary>Computes the tables.</summary>
    public static Axis Create(AxisSpec spec)
    {
        var plain = spec with { IsMirrored = false };
        var axis = spec.Filter == ResizeFilter.Nearest ? Nearest(plain) : Weighted(plain);
        axis = spec.IsMirrored ? axis.Mirror(spec) : axis;
        axis.Packed = PackedWeights.TryCreate(axis);
        return axis;
    }

    /// <summary>Returns the largest number of runs that share a source position.</summary>
    public int CountOverlaps()
    {
        var (most, first) = (0, 0);
        for (var i = 0; i < TargetLength; i++)
        {
            while (first < i && End(first) <= First(i))
            {
                first++;
            }

            most = Math.Max(most, i + 1 - first);
        }

        return most;
    }

    private Axis Mirror(AxisSpec spec)
    {
        var mirrored = new Axis(spec, Stride);
        for (var i = 0; i < TargetLength; i++)
        {
            var target = TargetLength - 1 - i;
            mirrored._first[target] = SourceLength - End(i);
            mirrored._count[target] = _count[i];
            var weights = mirrored._weights.AsSpan(target * Stride, _count[i]);
            Weights(i).CopyTo(weights);
            weights.Reverse();
        }

        return mirrored;
    }

    // Each target position has one source position, with weight 1. The position is summed up step by step, as in
    // Pillow, because rounding can put the sum of many steps on the other side of a whole number than their product. A
    // position past the end has no pixel.
    private static Axis Nearest(AxisSpec spec)
    {
        var axis = new Axis(spec, 1);
        var step = Scale(spec);
        var position = spec.Part.Start + (step * 0.5);
        for (var i = 0; i < spec.From; i++)
        {
            position += step;
        }

        for (var i = 0; i < spec.Count; i++, position += step)
        {
            var at = (int)position;
            axis._first[i] = Math.Min(at, spec.Source);
            axis._count[i] = at < spec.Source ? 1 : 0;
            axis._weights[i] = 1 << FractionBits;
        }

        return axis;
    }

    // When an image is shrunk, the filter is stretched so that every source pixel counts.
    private static Axis Weighted(AxisSpec spec)
    {
        var scale = Scale(spec);
        var stretch = Math.Max(scale, 1.0);
        var support = Kernel.Support(spec.Filter) * stretch;
        var axis = new Axis(spec, ((int)Math.Ceiling(support) * 2) + 1);
        var run = new double[axis.Stride];
        for (var i = 0; i < spec.Count; i++)
        {
            var center = spec.Part.Start + ((spec.From + i + 0.5) * scale);
            var first = Math.Max((int)(center - support + 0.5), 0);
            var count = Math.Min((int)(center + support + 0.5), spec.Source) - first;
            axis._first[i] = first;
            axis._count[i] = count;
            Fill(run.AsSpan(0, count), first - center, 1.0 / stretch, spec.Filter);
            Quantize(run.AsSpan(0, count), axis._weights.AsSpan(i * axis.Stride));
        }

        return axis;
    }

    // Returns the source positions per target position. The difference is rounded to single precision, as in Pillow.
    private static double Scale(AxisSpec spec) => (double)(spec.Part.End - spec.Part.Start) / spec.Target;

    private static void Fill(Span<double> run, double offset, double shrink, ResizeFilter filter)
    {
        var sum = 0.0;
        for (var i = 0; i < run.Length; i++)
        {
            run[i] = Kernel.Value(filter, (i + offset + 0.5) * shrink);
            sum += run[i];
        }

        if (sum == 0.0)
        {
            return;
        }

        for (var i = 0; i < run.Length; i++)
        {
            run[i] /= sum;
        }
    }

    private static void Quantize(ReadOnlySpan<double> run, Span<int> weights)
    {
        for (var i = 0; i < run.Length; i++)
        {
            weights[i] = (int)((run[i] < 0 ? -0.5 : 0.5) + (run[i] * (1 << FractionBits)));
        }
    }
}
